#!/usr/bin/env bash
# Builds everything that would be published, for this platform, into dist/, tries each as its registry would, and publishes nothing.
# Needs what `make test` needs, and has to run after it (or after `make python node wasm mobile`).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dist=$root/dist
python=$root/bindings-python/.venv/bin/python
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
rm -rf "$dist"
mkdir -p "$dist"
# The same sources give the same bytes: no time of the day, no path of this machine.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
export RUSTFLAGS="--remap-path-prefix=$root=/sentby --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
built_at=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
# The licences that go into the packages do not stay beside their sources.
trap 'rm -f bindings-{python,node}/{LICENSE-MIT,LICENSE-APACHE,THIRD-PARTY.txt}' EXIT
say() { printf '\n== %s\n' "$1"; }

say "licences of what is compiled in"
for package in sentby sentby-python sentby-node sentby-server sentby-mobile sentby-wasm; do
  "$python" release/licences.py "$package" > "$dist/THIRD-PARTY-$package.txt"
done
wc -l "$dist"/THIRD-PARTY-*.txt | tail -1

say "crate"
cargo package --locked --allow-dirty --quiet -p sentby --target-dir target/release-crate
cp "target/release-crate/package/sentby-$version.crate" "$dist/"
cargo publish --dry-run --locked --allow-dirty --quiet -p sentby --target-dir target/release-crate

say "wheel"
cp LICENSE-MIT LICENSE-APACHE bindings-python/
cp "$dist/THIRD-PARTY-sentby-python.txt" bindings-python/THIRD-PARTY.txt
(cd bindings-python && .venv/bin/maturin build --release --locked --quiet --out "$dist")
"$python" -m pip install --quiet twine wheel
# The list of parts that maturin puts in names the folder of the sources.
rm -rf target/release-wheel
"$python" -m wheel unpack --dest target/release-wheel "$dist"/*.whl
sed -i "s#file://$root/#file:///sentby/#g" target/release-wheel/*/*.dist-info/sboms/*.json
rm "$dist"/*.whl
"$python" -m wheel pack --dest-dir "$dist" "target/release-wheel/sentby-$version"
"$python" -m twine check --strict "$dist"/*.whl
"$python" -m venv target/release-venv
target/release-venv/bin/pip install --quiet --force-reinstall "$dist"/*.whl
target/release-venv/bin/python bindings-python/tests/readme.py | diff - examples/story/expected.txt

say "npm"
cp LICENSE-MIT LICENSE-APACHE bindings-node/
cp "$dist/THIRD-PARTY-sentby-node.txt" bindings-node/THIRD-PARTY.txt
(cd bindings-node && npm run --silent build -- -- --locked && npm pack --silent --pack-destination "$dist" && npm publish --dry-run --silent "$dist/sentby-$version.tgz")
rm -rf target/release-npm && mkdir -p target/release-npm
(cd target/release-npm && npm init -y >/dev/null && npm install --silent --no-audit --no-fund "$dist/sentby-$version.tgz" && cp "$root/bindings-node/test/readme.mjs" . && mkdir -p core/vectors/programs && cp "$root/core/vectors/programs/story.toml" core/vectors/programs/ && node readme.mjs | diff - "$root/examples/story/expected.txt")

say "jar"
bindings-mobile/generate.sh
mkdir -p bindings-mobile/target/generated/native/META-INF
cp LICENSE-MIT LICENSE-APACHE bindings-mobile/target/generated/native/META-INF/
cp "$dist/THIRD-PARTY-sentby-server.txt" bindings-mobile/target/generated/native/META-INF/THIRD-PARTY.txt
rm -rf target/release-maven
mvn -B -ntp -q -f bindings-mobile/kotlin/pom.xml package source:jar org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy -DskipTests -Dproject.build.outputTimestamp="$built_at" -DaltDeploymentRepository="dry-run::file:$root/target/release-maven"
cp "target/release-maven/dev/sentby/sentby/$version"/sentby-*.{jar,pom} "$dist/"

say "WebAssembly"
cp bindings-node/sentby.wasm "$dist/"

(cd "$dist" && sha256sum -- * > SHA256SUMS && ls -l)
