#!/usr/bin/env bash
# Changes the core's carriers, money, attribution and commission in every way that cargo-mutants knows, and sees whether a test tells: first the
# quick ones, then, for what they let pass, all of the core's tests but two. Prints what is missed; .cargo/mutants.toml has the mutants that nobody can see.
# Hours; `release/mutants.sh -f core/src/money.rs` looks at one file. Needs `cargo install cargo-mutants`.
set -euo pipefail
cd "$(dirname "$0")/.."
# A copy without build folders: the tool copies the tree for each job.
source=target/mutants/source
rm -rf "$source" && mkdir -p "$source"
git ls-files -z | xargs -0 cp --parents -t "$source"
export CARGO_PROFILE_TEST_DEBUG=0 CARGO_PROFILE_DEV_DEBUG=0
ulimit -v 12000000 # a mutant may allocate without end
slow=(a_million orders_of_any_size a18_ repository:: what_was_sealed a3_ a7_ a9_ a1_ no_text laws:: a_header takes_a_million api:: links:: a_settlement_has)
# What came of earlier runs, beside the tool's own lists: mutants that never end, and those that the quick tests let pass.
state=target/mutants/mutants.out endless=target/mutants/endless.txt passed=target/mutants/passed.txt
touch "$endless" "$passed"
# Mutants that are not tried again: those in the given lists, as patterns.
leave() { cat "$@" 2>/dev/null | sort -u | sed 's/[][\\.*^$()+?{}|]/\\&/g; s/^/^/; s/$/$/' | while IFS= read -r name; do printf -- '--exclude-re\0%s\0' "$name"; done; }
try() { # lists of those to leave, then --, then the command
  local lists=()
  while [[ $1 != -- ]]; do lists+=("$1"); shift; done
  shift
  mapfile -d '' left < <(leave "${lists[@]}")
  "$@" "${left[@]}" "${rest[@]}" || true
  add "$state/timeout.txt" "$endless"
}
add() { [[ ! -e $1 ]] || sort -u -o "$2" "$1" "$2"; }
common=(cargo mutants -d "$source" -p sentby -j2 -o target/mutants --iterate --build-timeout 300 --colors never "$@")
rest=(-- --locked -- $(printf -- '--skip %s ' "${slow[@]}"))
SENTBY_CASES=25 try "$endless" "$passed" -- "${common[@]}" --timeout 40 -C=--test=it
add "$state/missed.txt" "$passed"
rest=(-- --locked -- --skip repository:: --skip a_million_touches)
SENTBY_CASES=100 try "$endless" -- "${common[@]}" --timeout 200 --features columns -C=--lib -C=--test=it
cd "$state"
count() { cat "$@" 2>/dev/null | sort -u | wc -l; }
echo "$(count caught.txt previously_caught.txt) mutants told, $(count ../endless.txt) by never ending, $(count unviable.txt) that do not compile, $(count missed.txt) missed"
test ! -s missed.txt
