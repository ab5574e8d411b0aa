#!/bin/sh
# The Python package's tests, in an environment of their own that sees what is installed beside it (PyTorch, micrograd).
# Where Python or its packages are missing, it says what it left out; where CI is set, that fails. PYTHON=… names another
# interpreter.
cd "$(dirname "$0")/../.." || exit 1
python=${PYTHON:-python3}
left_out() {
    .ci/left-out "the Python package's tests" "$1"
    exit
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || left_out "no Python 3.11 or newer; PYTHON=… names one"
environment=target/python-tests
"$python" -m venv --system-site-packages "$environment" 2>/dev/null || left_out "no venv module in $python"
"$environment/bin/pip" install -q "./crates/python[test]" || left_out "pip could not build or fetch what they need; see above"
# What an interpreter sees is not seen from an environment made from it, if it is one itself.
peers=$("$python" -c 'import sys; print(":".join(path for path in sys.path if path.endswith("-packages")))')
PYTHONPATH="$peers" "$environment/bin/python" -m pytest -q -rs crates/python/tests
