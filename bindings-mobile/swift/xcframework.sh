#!/usr/bin/env bash
# Builds target/xcframework/SentbyFFI.xcframework for devices and simulators: the native library without keys. Needs a Mac with Xcode.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

if ! command -v xcodebuild >/dev/null; then
  echo "xcframework.sh: no Xcode here; run this on a Mac that has it" >&2
  exit 1
fi
target=${CARGO_TARGET_DIR:-$root/target}
out=$root/bindings-mobile/target/xcframework
generated=$root/bindings-mobile/target/generated/swift
rm -rf "$out"
mkdir -p "$out/headers"
[ -f "$generated/SentbyFFI.h" ] || ../generate.sh
cp "$generated/SentbyFFI.h" "$out/headers/"
cp "$generated/SentbyFFI.modulemap" "$out/headers/module.modulemap"

for triple in aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin; do
  rustup target add "$triple"
  cargo build --release --locked -p sentby-mobile --target "$triple" --manifest-path "$root/Cargo.toml"
done
mkdir -p "$out/simulator" "$out/macos"
lipo -create -output "$out/simulator/libsentby_mobile.a" "$target"/{aarch64-apple-ios-sim,x86_64-apple-ios}/release/libsentby_mobile.a
lipo -create -output "$out/macos/libsentby_mobile.a" "$target"/{aarch64,x86_64}-apple-darwin/release/libsentby_mobile.a
xcodebuild -create-xcframework \
  -library "$target/aarch64-apple-ios/release/libsentby_mobile.a" -headers "$out/headers" \
  -library "$out/simulator/libsentby_mobile.a" -headers "$out/headers" \
  -library "$out/macos/libsentby_mobile.a" -headers "$out/headers" \
  -output "$out/SentbyFFI.xcframework"
echo "$out/SentbyFFI.xcframework"
