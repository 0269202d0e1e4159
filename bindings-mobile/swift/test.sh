#!/usr/bin/env bash
# Compiles the Swift package and runs its tests, where a Swift compiler is present.
# SWIFT_ROOT may name a folder with a Debian system that holds `swiftlang`; it is entered with chroot.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

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

./assemble.sh "$place"
mkdir "$place/story"
cp "$root/core/vectors/programs/story.toml" "$root/examples/story/expected.txt" "$place/story/"
"${enter[@]}" bash -c "cd '$inside' && export SENTBY_STORY='$inside/story' LD_LIBRARY_PATH=lib DYLD_LIBRARY_PATH=lib && swift build --build-tests -Xlinker -Llib >&2 && swift test --skip-build -Xlinker -Llib"
echo "the Swift package and its tests passed"
