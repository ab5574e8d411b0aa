# The two commands to begin with are `make demo` and `make test`.

.PHONY: demo page serve page-test python-test test lint doc wasm fuzz bench bench-peers

# Trains the first model on the built-in list of given names and prints names of its own.
demo:
	cargo run --release -- train mlp

# Builds the laboratory page into crates/serve/page/dist, from where the program takes it in. Needs Node 20.19 or newer.
page:
	cd web && npm ci --no-audit --no-fund && npm run build

# Builds page and program and opens the laboratory in the browser.
serve: page
	cargo run --release -- serve --open

# The page's own tests: types, units, and a real Chromium (CHROMIUM=… names it) before the real program.
page-test:
	sh web/test.sh

# Everything: formatting, lints, documentation, all tests. Needs no network once the crates are fetched, and no PyTorch.
test: lint doc
	cargo test --workspace
	sh crates/python/test.sh
	sh web/test.sh

# The Python package's tests alone. PYTHON=… names an interpreter that has PyTorch, for those that compare with it.
python-test:
	sh crates/python/test.sh

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Whether the floors below the run store compile for the browser.
wasm:
	.ci/wasm

# Hunts for files that bring a reader down, for SECONDS in all; what is found is left in target/fuzz.
SECONDS ?= 60
fuzz:
	cargo run -p gradus-fuzz -- $(SECONDS)

# Speed against PyTorch, JAX and micrograd: one table. Peers that are not installed are said to be absent.
bench:
	python3 bench/run.py

# Installs the peers into bench/.venv (a few hundred megabytes).
bench-peers:
	python3 -m venv bench/.venv
	bench/.venv/bin/pip install -r bench/requirements.txt
