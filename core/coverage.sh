#!/usr/bin/env bash
# Runs the core's tests counting what they reach, and prints how much of the core that is, in lines and branches; the files go to
# target/coverage.txt. Fails below LEAST percent of lines. Without LLVM's tools the tests run uncounted.
set -euo pipefail
cd "$(dirname "$0")/.."
least=${LEAST:-94}

# LLVM's tools must be as new as the compiler's.
version=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
if ! command -v "llvm-cov-$version" >/dev/null && command -v apt-get >/dev/null && test "$(id -u)" = 0; then
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends "llvm-$version") >/dev/null 2>&1 || true
fi
tests=(-p sentby --features sentby/columns --lib --test it)
if ! command -v "llvm-cov-$version" >/dev/null; then
  echo "llvm-$version is not there; the core's tests run without counting"
  exec cargo test --locked "${tests[@]}"
fi

# The workspace alone is counted, so that what it depends on is compiled once for all.
folder=$PWD/target/coverage
rm -rf "$folder" && mkdir -p "$folder"
printf '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec "$@" -C instrument-coverage -Z coverage-options=branch\n' > "$folder/rustc"
chmod +x "$folder/rustc"
export RUSTC_WORKSPACE_WRAPPER="$folder/rustc" LLVM_PROFILE_FILE="$folder/%p-%m.profraw"
cargo test --locked "${tests[@]}"
objects=$(cargo test --locked "${tests[@]}" --no-run --message-format json 2>/dev/null | sed -n 's/.*"executable":"\([^"]*\)".*/--object=\1/p')
"llvm-profdata-$version" merge --sparse "$folder"/*.profraw --output "$folder/all.profdata"
# shellcheck disable=SC2086
"llvm-cov-$version" report --instr-profile "$folder/all.profdata" $objects --sources core/src > target/coverage.txt
rm -rf "$folder"

awk -v least="$least" '
  $1 == "TOTAL" { found = 1
    printf "the tests reach %s of the core'"'"'s %d lines and %s of its %d branches\n", $10, $8, $13, $11
    sub("%", "", $10); if ($10 < least) { printf "that is less than %s %% of the lines; see target/coverage.txt\n", least; exit 1 } }
  END { if (!found) { print "no coverage was counted"; exit 1 } }' target/coverage.txt
