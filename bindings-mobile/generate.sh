#!/usr/bin/env bash
# Builds the native library and generates the Kotlin, Swift and Python sources into target/generated.
set -euo pipefail
cd "$(dirname "$0")"
out=$PWD/target/generated
target=${CARGO_TARGET_DIR:-$PWD/../target}

case "$(uname -s)" in
  Darwin) library=libsentby_mobile.dylib system=darwin ;;
  *) library=libsentby_mobile.so system=linux ;;
esac
case "$(uname -m)" in
  arm64 | aarch64) machine=aarch64 ;;
  *) machine=x86-64 ;;
esac

cargo build --release --locked -p sentby-mobile
cargo build --locked -p sentby-mobile --features bindgen --bin uniffi-bindgen
for language in kotlin swift python; do
  "$target/debug/uniffi-bindgen" generate --library "$target/release/$library" --language "$language" --no-format --out-dir "$out/$language"
done
# Where JNA and Python look for it.
mkdir -p "$out/native/$system-$machine"
cp "$target/release/$library" "$out/native/$system-$machine/"
cp "$target/release/$library" "$out/python/"
