# The two commands to begin with are `make demo` and `make test`.

.PHONY: demo page serve page-test python-test test lint doc spelling wasm package install examples fuzz bench bench-peers

# Trains the first model on the built-in list of given names and prints names of its own.
demo:
	cargo run --release --no-default-features -- train mlp

# Builds the laboratory page into crates/serve/page/dist, from where the program takes it in. Needs Node 20.19 or newer, which
# is fetched into target/node (by pip) where the system has none.
page:
	@.ci/node >/dev/null || { echo "error: building the page needs Node 20.19 or newer, and none could be fetched" >&2; exit 1; }
	PATH="$$(.ci/node):$$PATH" && cd web && npm ci --no-audit --no-fund && npm run build

# Builds page and program and opens the laboratory in the browser.
serve: page
	cargo run --release -- serve --open

# The page's own tests: types, units, and a real Chromium (CHROMIUM=… names it) before the real program.
page-test:
	sh web/test.sh

# Everything: formatting, lints, documentation, spelling, all tests. Needs no PyTorch, and no network once crates and packages
# are fetched. What needs no root is set up on the way; what could not be tested is said in the last lines, and where CI is
# set it fails.
test:
	@rm -f target/left-out
	$(MAKE) lint doc spelling
	cargo test --workspace
	sh crates/python/test.sh
	sh web/test.sh
	@if [ -s target/left-out ]; then echo "All that could be tested here passes. Left out:"; sed 's/^/  /' target/left-out; else echo "All tests pass, and none was left out."; fi

# The Python package's tests alone. PYTHON=… names an interpreter that has PyTorch, for those that compare with it.
python-test:
	sh crates/python/test.sh

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Whether the floors up to what looks inside compile for the browser.
wasm:
	.ci/wasm

# Spelling in code and pages (_typos.toml).
spelling:
	.ci/spelling

# Every crate as a registry would get it, with page, data and recipes inside, each built from its archive (VERIFY=no: not built).
package:
	.ci/package

# Installs the program with the page in it. Without Node it is installed all the same, and shows no page.
install:
	@$(MAKE) page || echo "The page could not be built (it needs Node 20.19 or newer): gradus serve will answer its API, and show no page."
	cargo install --locked --path crates/cli

# Ten small programs over the crates, one after the other.
examples:
	cargo test -p gradus-examples

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
