#!/usr/bin/env bash
# Builds target/android/sentby.aar for apps: classes without the server's package, and a native library without keys for each ABI.
# Needs the Android NDK (ANDROID_NDK_HOME), the Rust targets below, Kotlin's classes (generate.sh, then `mvn -f kotlin package`).
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd .. && pwd)
api=${ANDROID_API:-24}

if [ -z "${ANDROID_NDK_HOME:-}" ] || [ ! -d "$ANDROID_NDK_HOME/toolchains/llvm/prebuilt" ]; then
  echo "android.sh: no Android NDK here; set ANDROID_NDK_HOME to the folder of one (r27 or later) and run this again" >&2
  exit 1
fi
for tool in cargo rustup mvn zip; do
  command -v "$tool" >/dev/null || { echo "android.sh: $tool is needed" >&2; exit 1; }
done
tools=$(echo "$ANDROID_NDK_HOME"/toolchains/llvm/prebuilt/*/bin)
target=${CARGO_TARGET_DIR:-$root/target}
out=$root/bindings-mobile/target/android
rm -rf "$out"
mkdir -p "$out/aar"

build() {
  local abi=$1 triple=$2 clang=$3
  rustup target add "$triple"
  local name
  name=$(echo "$triple" | tr 'a-z-' 'A-Z_')
  # Pages of 16 KiB are a condition of the store.
  env "CARGO_TARGET_${name}_LINKER=$tools/$clang$api-clang" "CARGO_TARGET_${name}_RUSTFLAGS=-C link-arg=-Wl,-z,max-page-size=16384" \
    cargo build --release --locked -p sentby-mobile --target "$triple" --manifest-path "$root/Cargo.toml"
  mkdir -p "$out/aar/jni/$abi"
  "$tools/llvm-strip" -o "$out/aar/jni/$abi/libsentby.so" "$target/$triple/release/libsentby_mobile.so"
}
build arm64-v8a aarch64-linux-android aarch64-linux-android
build armeabi-v7a armv7-linux-androideabi armv7a-linux-androideabi
build x86_64 x86_64-linux-android x86_64-linux-android
build x86 i686-linux-android i686-linux-android

./generate.sh
mvn -B -ntp -q -f kotlin/pom.xml package -DskipTests
# What needs a secret stays on servers.
(cd kotlin/target/classes && zip -qr "$out/aar/classes.jar" dev/sentby META-INF -x 'dev/sentby/server/*')
cat > "$out/aar/AndroidManifest.xml" <<XML
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="dev.sentby">
  <uses-sdk android:minSdkVersion="$api" />
</manifest>
XML
# JNA reaches its classes by their names.
printf -- '-keep class com.sun.jna.** { *; }\n-keep class dev.sentby.** { *; }\n-dontwarn java.awt.**\n' > "$out/aar/proguard.txt"
(cd "$out/aar" && zip -qr ../sentby.aar .)
echo "$out/sentby.aar"
