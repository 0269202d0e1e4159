#!/usr/bin/env bash
# Changes the core's carriers, money, attribution and commission in every way that cargo-mutants knows, and sees whether a test tells: first the
# quick ones, then, for what they let pass, all of the core's tests. Prints what is missed; .cargo/mutants.toml has the mutants that nobody can see.
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
SENTBY_CASES=25 cargo mutants -d "$source" -p sentby -j2 -o target/mutants --iterate --timeout 40 --build-timeout 120 --colors never -C=--test=it "$@" \
  -- --locked -- $(printf -- '--skip %s ' "${slow[@]}") || true
SENTBY_CASES=1000 cargo mutants -d "$source" -p sentby -j2 -o target/mutants --iterate --timeout 300 --build-timeout 300 --colors never --features columns \
  -C=--lib -C=--test=it "$@" -- --locked || true
cd target/mutants/mutants.out
count() { cat "$@" 2>/dev/null | sort -u | wc -l; }
echo "$(count caught.txt previously_caught.txt) mutants told, $(count timeout.txt) by never ending, $(count unviable.txt) that do not compile, $(count missed.txt) missed"
test ! -s missed.txt
