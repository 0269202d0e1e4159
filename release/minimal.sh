#!/usr/bin/env bash
# Builds the core, and runs its tests, with the oldest versions of its dependencies that its manifest allows; in a copy, so that Cargo.lock stays.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=target/minimal/source
rm -rf "$copy"
mkdir -p "$copy"
git archive HEAD | tar -x -C "$copy"
cd "$copy"
# The core alone: what the bindings need is not what a user of the crate gets.
sed -i 's/^members = .*/members = ["core"]/; s/^default-members = .*/default-members = ["core"]/' Cargo.toml
RUSTC_BOOTSTRAP=1 cargo update --quiet -Z direct-minimal-versions
CARGO_TARGET_DIR=../build cargo test --quiet -p sentby --features columns --lib --test it
