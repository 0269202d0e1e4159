# `make test` runs every test of every language and installs what it needs: a Python environment, npm packages,
# Maven's dependencies, Debian's chromium. The Rust toolchain, Python 3, Node, a JDK and Maven must be there.

PYTHON ?= python3
VENV := bindings-python/.venv
CHROMIUM ?= /usr/bin/chromium
# `npm ci` refuses the lock file that npm itself writes for @napi-rs/cli (optional packages of other platforms are missing
# in it), so the build tools are pinned in package.json alone.
NPM_INSTALL := npm install --no-audit --no-fund --no-package-lock --silent

.PHONY: guard site mutants memory release test rust python node wasm mobile swift browser lint vectors fuzz bench

test: lint rust python node wasm mobile swift browser
	@echo "every test of every language passed"

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --features sentby/columns --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --quiet -p sentby --features columns
	$(PYTHON) release/site/lists.py --check
	core/public-api.sh
	@if command -v cargo-deny >/dev/null; then cargo deny check licenses bans sources; else echo "cargo-deny is not installed; its checks are left out"; fi

rust: vectors
	core/coverage.sh
	cargo test --locked -p sentby --features sentby/columns --doc
	cargo test --locked -p webinar
	cargo run --release --locked -p webinar -- --once

# The vectors are what their authors write; nothing is recorded from the code.
vectors:
	@before=$$(cat core/vectors/*.json | cksum); cd core/vectors/author && for author in amounts claims decisions desk identities ledgers links networks rules tokens tools webhooks; do $(PYTHON) $$author.py || exit 1; done; \
	cd .. && after=$$(cat *.json | cksum); test "$$before" = "$$after" || { echo "core/vectors is stale; it was written anew"; exit 1; }

$(VENV)/done: bindings-python/requirements-test.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement bindings-python/requirements-test.txt
	touch $@

python: $(VENV)/done
	cd bindings-python && .venv/bin/maturin develop --release --locked --quiet
	$(VENV)/bin/python -m pytest -q bindings-python/tests
	cd bindings-python && .venv/bin/python -m mypy.stubtest sentby --mypy-config-file pyproject.toml --allowlist stubtest_allowlist.txt
	cd bindings-python && .venv/bin/python -m mypy --strict tests/readme.py python/sentby

node:
	cd bindings-node && $(NPM_INSTALL) && npm run --silent build -- -- --locked
	@git diff --exit-code -- bindings-node/index.d.ts || { echo "bindings-node/index.d.ts is stale; it was generated anew"; exit 1; }
	cd bindings-node && npm run --silent types && npm test --silent

wasm: node
	@test -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" || test -x /usr/bin/cargo -a -x /usr/bin/wasm-ld-19 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends rustc-web cargo-web rust-web-src lld-19 >/dev/null; }
	bindings-wasm/build.sh
	cd bindings-node && npm run --silent wasm

mobile: $(VENV)/done
	bindings-mobile/generate.sh
	$(VENV)/bin/python -m pytest -q bindings-mobile/tests
	cd bindings-mobile/kotlin && mvn -B -ntp test
	examples/mobile/test.sh

swift: mobile
	bindings-mobile/swift/test.sh

browser: wasm
	@test -x $(CHROMIUM) || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; }
	cd examples/webinar/browser && npm ci --no-audit --no-fund --silent && CHROMIUM=$(CHROMIUM) npm test --silent
	cd bindings-node && CHROMIUM=$(CHROMIUM) npm run --silent browser
	cd examples/checkout && $(NPM_INSTALL) && CHROMIUM=$(CHROMIUM) npm test --silent

fuzz:
	fuzz/run.sh

# Every benchmark against every peer; writes BENCHMARKS.md. Wants a machine that does nothing else, for half an hour.
bench:
	release/benchmarks.py

# Instructions of the hottest paths against those written down; needs valgrind.
guard:
	core/benches/instructions.sh

# The pages as a site, in target/site; needs mdbook (`cargo install mdbook`).
site:
	cd release/site && mdbook build
	$(PYTHON) release/site/dead.py

# Mutants of what decides and pays; hours. Needs cargo-mutants.
mutants:
	release/mutants.sh

# The bindings' tests under Valgrind.
memory: python node mobile
	release/memory.sh

# What would be published, in dist/; publishes nothing.
release: python node wasm mobile
	release/build.sh
