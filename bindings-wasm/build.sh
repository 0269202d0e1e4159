#!/usr/bin/env bash
# Builds the module and puts it beside the package's JavaScript: bindings-node/sentby.wasm.
#
# With rustup's `wasm32-unknown-unknown` (`rustup target add …`) where it is there; else with Debian's compiler, which brings the standard library's
# source (`apt-get install rustc-web cargo-web rust-web-src lld-19`).
set -euo pipefail
cd "$(dirname "$0")/.."

target=wasm32-unknown-unknown
export CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_STRIP=symbols CARGO_PROFILE_RELEASE_PANIC=abort
if [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
    cargo build --quiet --locked --release --package sentby-wasm --target $target --target-dir target/wasm
elif [ -x /usr/bin/cargo ] && [ -x /usr/bin/wasm-ld-19 ]; then
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
        /usr/bin/cargo build --quiet --locked -Zbuild-std=std,panic_abort --release --package sentby-wasm --target $target --target-dir target/wasm
else
    echo "neither a compiler with $target nor Debian's rustc-web, cargo-web, rust-web-src and lld-19 is there" >&2
    exit 1
fi
cp target/wasm/$target/release/sentby_wasm.wasm bindings-node/sentby.wasm
printf 'sentby.wasm: %d bytes, %d gzipped\n' "$(wc -c <bindings-node/sentby.wasm)" "$(gzip -9c bindings-node/sentby.wasm | wc -c)"
