#!/usr/bin/env bash
# Puts a Swift package together in the folder $1: this layer, the sources of generate.sh, and the native libraries of this machine.
set -euo pipefail
cd "$(dirname "$0")"
place=$1
root=$(cd ../.. && pwd)
generated=$root/bindings-mobile/target/generated/swift
target=${CARGO_TARGET_DIR:-$root/target}

# An app's library has no keys; a back end's has everything.
cargo build --release --locked -p sentby-mobile
rm -rf "$place"
mkdir -p "$place"/Sources/{Sentby,SentbyServer,SentbyFFI,SentbyServerFFI} "$place/lib"
cp -r Package.swift Tests "$place/"
cp Sources/Layer/*.swift "$generated/Sentby.swift" "$place/Sources/Sentby/"
cp Sources/Layer/*.swift "$generated/Sentby.swift" "$generated/SentbyServer.swift" "$place/Sources/SentbyServer/"
for module in SentbyFFI SentbyServerFFI; do
  cp "$generated/$module.h" "$place/Sources/$module/"
  cp "$generated/$module.modulemap" "$place/Sources/$module/module.modulemap"
done
for library in mobile server; do
  find "$target/release" -maxdepth 1 -name "libsentby_$library.so" -o -maxdepth 1 -name "libsentby_$library.dylib" | xargs -I{} cp {} "$place/lib/"
done
