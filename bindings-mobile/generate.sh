#!/usr/bin/env bash
# Builds the native library and generates the Kotlin, Swift and Python sources into target/generated.
set -euo pipefail
cd "$(dirname "$0")"
out=$PWD/target/generated
target=${CARGO_TARGET_DIR:-$PWD/../target}

case "$(uname -s)" in
  Darwin) prefix=lib suffix=dylib system=darwin ;;
  *) prefix=lib suffix=so system=linux ;;
esac
case "$(uname -m)" in
  arm64 | aarch64) machine=aarch64 ;;
  *) machine=x86-64 ;;
esac

# The library of a back end holds both packages; apps are built with that of sentby-mobile, which has no keys (android.sh, xcframework.sh).
cargo build --release --locked -p sentby-server -p sentby-mobile
cargo build --locked -p sentby-mobile --features bindgen --bin uniffi-bindgen
rm -rf "$out"
generate() {
  "$target/debug/uniffi-bindgen" generate --library "$target/release/${prefix}sentby_server.$suffix" --language "$1" --no-format --out-dir "$2"
}
generate kotlin "$out/kotlin"
generate swift "$out/swift"
# Its modules import one another as parts of a package.
generate python "$out/python/generated_sentby"
touch "$out/python/generated_sentby/__init__.py"
# What an app is built with, for the test that looks for keys in it.
mkdir -p "$out/app"
cp "$target/release/${prefix}sentby_mobile.$suffix" "$out/app/"
python3 tidy.py "$out"
# Where JNA and Python look for it.
mkdir -p "$out/native/$system-$machine"
cp "$target/release/${prefix}sentby_server.$suffix" "$out/native/$system-$machine/${prefix}sentby.$suffix"
cp "$target/release/${prefix}sentby_server.$suffix" "$out/python/generated_sentby/${prefix}sentby.$suffix"
ls "$out/native" > "$out/platforms" && mv "$out/platforms" "$out/native/sentby-platforms.txt"
