#!/usr/bin/env bash
# Plays the phone's part against a running webinar, in Kotlin and, where a compiler is, in Swift; both print the story.
# Needs bindings-mobile/generate.sh before. SWIFT_ROOT as for bindings-mobile/swift/test.sh.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
out=$root/bindings-mobile/target/phone
mkdir -p "$out"

cargo build --release --locked --quiet -p webinar
webinar=${CARGO_TARGET_DIR:-$root/target}/release/webinar
leave() {
  [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
  if [ -n "${SWIFT_ROOT:-}" ] && mountpoint -q "$SWIFT_ROOT/proc"; then umount "$SWIFT_ROOT/proc"; fi
}
trap leave EXIT

# Each program has a webinar of its own, so that its order is the first.
serve() {
  "$webinar" --rehearse --port 0 > "$out/webinar.txt" &
  server=$!
  for _ in $(seq 100); do
    base=$(sed -n 's#^The pages are at \(http://[^/]*\)/.*#\1#p' "$out/webinar.txt")
    [ -z "$base" ] || return 0
    sleep 0.1
  done
  echo "the webinar does not start"; exit 1
}
end() {
  kill -INT "$server" && wait "$server" || true
  server=
}

mvn -B -ntp -q -f "$root/bindings-mobile/kotlin/pom.xml" install -DskipTests
mvn -B -ntp -q -f kotlin/pom.xml compile
serve
mvn -B -ntp -q -f kotlin/pom.xml exec:java -Dexec.args="$base $root/examples/webinar/program.toml" > "$out/printed.txt"
# Debian's mvn resets the colours of the terminal before and after.
sed 's/\x1b\[0m//g' "$out/printed.txt" > "$out/kotlin.txt"
end
diff "$root/examples/story/expected.txt" "$out/kotlin.txt"
echo "Kotlin's phone prints the story"

if command -v swift >/dev/null; then
  enter=() place=$out inside=$out
elif [ -n "${SWIFT_ROOT:-}" ]; then
  enter=(chroot "$SWIFT_ROOT") place=$SWIFT_ROOT/phone inside=/phone
  mountpoint -q "$SWIFT_ROOT/proc" || mount -t proc proc "$SWIFT_ROOT/proc"
else
  echo "no Swift compiler here; Swift's phone was not compiled"
  exit 0
fi
"$root/bindings-mobile/swift/assemble.sh" "$place/sentby"
rm -rf "$place/swift"
cp -r swift "$place/swift"
cp "$root/examples/webinar/program.toml" "$place/"
serve
"${enter[@]}" bash -c "cd '$inside/swift' && export LD_LIBRARY_PATH='$inside/sentby/lib' DYLD_LIBRARY_PATH='$inside/sentby/lib' && swift build -Xlinker -L'$inside/sentby/lib' >&2 && .build/debug/Phone '$base' '$inside/program.toml'" > "$out/swift.txt"
end
diff "$root/examples/story/expected.txt" "$out/swift.txt"
echo "Swift's phone prints the story"
