#!/usr/bin/env bash
# Changes the core's carriers, money, attribution and commission in every way that cargo-mutants knows, and sees whether a test tells: first the
# quick ones, then, for what they let pass, those with columns, then all of the core's tests but two. Prints what is missed; .cargo/mutants.toml has the mutants that nobody can see.
# Hours; `release/mutants.sh -f core/src/money.rs` looks at one file. Needs `cargo install cargo-mutants`.
set -euo pipefail
cd "$(dirname "$0")/.."
# A copy without build folders: the tool copies the tree for each job.
source=target/mutants/source
rm -rf "$source" && mkdir -p "$source"
git ls-files -z | xargs -0 cp --parents -t "$source"
export CARGO_PROFILE_TEST_DEBUG=0 CARGO_PROFILE_DEV_DEBUG=0
ulimit -v 12000000 # a mutant may allocate without end
state=target/mutants/mutants.out
# Beside the tool's own lists: mutants that never end, and those that the quick tests let pass, and then those that the quick tests of columns did.
endless=target/mutants/endless.txt passed=target/mutants/passed.txt columns=target/mutants/passed-columns.txt
touch "$endless" "$passed" "$columns"
add() { [[ ! -e $1 ]] || sort -u -o "$2" "$1" "$2"; }
# Tries all mutants but those of a list (and those that were told before).
try() { # the list, tests to leave out, then more of the command
  local list=$1 skip=$2 left
  shift 2
  mapfile -d '' left < <(sort -u "$list" "$endless" | sed 's/[][\\.*^$()+?{}|]/\\&/g; s/^/^/; s/$/$/' | while IFS= read -r name; do printf -- '--exclude-re\0%s\0' "$name"; done)
  cargo mutants -d "$source" -p sentby -j2 -o target/mutants --iterate --build-timeout 900 --colors never -C=--test=it "$@" "${left[@]}" \
    -- --locked -- $(printf -- '--skip %s ' $skip) || (($? == 2 || $? == 3)) # some missed, some without end; all else is no result
  add "$state/timeout.txt" "$endless"
}
slow="a_million orders_of_any_size a18_ repository:: what_was_sealed a3_ a7_ a9_ a1_ no_text laws:: a_header takes_a_million api:: links:: a_settlement_has"
SENTBY_CASES=25 try "$passed" "$slow" --timeout 40 "$@"
add "$state/missed.txt" "$passed"
SENTBY_CASES=60 try "$columns" "$slow what_if_compares one_order_of" --timeout 100 --features columns -C=--lib "$@"
add "$state/missed.txt" "$columns"
SENTBY_CASES=100 try /dev/null "repository:: laws::a_million" --timeout 300 --features columns -C=--lib "$@"
cd "$state"
count() { cat "$@" 2>/dev/null | sort -u | wc -l; }
echo "$(count caught.txt unviable.txt previously_caught.txt) mutants that a test tells or that do not compile, $(count ../endless.txt) that never end, $(count missed.txt) missed"
test ! -s missed.txt
