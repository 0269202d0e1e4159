#!/usr/bin/env bash
# Compiles the generated Swift and runs the README's sale with it, where a Swift compiler is present.
# SWIFT_ROOT may name a folder with a Debian system that holds `swiftlang`; it is entered with chroot.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
generated=$root/bindings-mobile/target/generated

if command -v swift >/dev/null; then
  enter=() place=$root/bindings-mobile/target/swift inside=$root/bindings-mobile/target/swift
elif [ -n "${SWIFT_ROOT:-}" ]; then
  enter=(chroot "$SWIFT_ROOT") place=$SWIFT_ROOT/sentby inside=/sentby
  mountpoint -q "$SWIFT_ROOT/proc" || mount -t proc proc "$SWIFT_ROOT/proc"
  trap 'umount "$SWIFT_ROOT/proc"' EXIT
else
  echo "no Swift compiler here; the Swift sources were generated, not compiled"
  exit 0
fi

rm -rf "$place"
mkdir -p "$place"
cp -r Package.swift Sources "$place/"
mkdir -p "$place/Sources/Sentby" "$place/Sources/SentbyFFI" "$place/lib"
cp "$generated/swift/Sentby.swift" "$place/Sources/Sentby/"
cp "$generated/swift/SentbyFFI.h" "$place/Sources/SentbyFFI/"
cp "$generated/swift/SentbyFFI.modulemap" "$place/Sources/SentbyFFI/module.modulemap"
cp "$generated"/native/*/libsentby_mobile.* "$place/lib/"
cp "$root/core/vectors/programs/story.toml" "$place/"
"${enter[@]}" bash -c "cd '$inside' && swift build -Xlinker -Llib >&2 && LD_LIBRARY_PATH=lib DYLD_LIBRARY_PATH=lib .build/debug/Check story.toml" > "$place/printed.txt"
diff "$root/core/examples/sale.txt" "$place/printed.txt"
echo "Swift prints what all languages print"
