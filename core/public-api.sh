#!/usr/bin/env bash
# What the crate exports, against core/public-api.txt, so that no change of it goes unseen; --write renews the list.
# Needs `cargo install cargo-public-api`.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v cargo-public-api >/dev/null; then
  echo "cargo-public-api is not installed; the list of what is exported is not compared"
  exit 0
fi
now=$(RUSTC_BOOTSTRAP=1 cargo public-api --features columns -sss 2>/dev/null)
test "$(wc -l <<< "$now")" -gt 1000
if test "${1:-}" = --write; then
  echo "$now" > public-api.txt
elif ! diff -u public-api.txt <(echo "$now"); then
  echo "what the crate exports has changed; if that was meant, core/public-api.sh --write"
  exit 1
fi
echo "$(wc -l < public-api.txt) public items"
