#!/bin/sh
# The page's tests: types, units, and a real Chromium before the real program. Where Node or Chromium are missing, it says
# what it left out; where CI is set, that fails. CHROMIUM=… and GRADUS=… name others.
cd "$(dirname "$0")" || exit 1
left_out() {
    ../.ci/left-out "the page's tests" "$1"
    exit
}
node=$(../.ci/node) || left_out "no Node 20.19 or newer, and pip could not fetch one"
PATH="$node:$PATH"
command -v "${CHROMIUM:-chromium}" >/dev/null || left_out "no chromium; CHROMIUM=… names one"
npm ci --no-audit --no-fund || left_out "npm could not fetch what they need; see above"
npm --prefix tools/types ci --no-audit --no-fund || left_out "npm could not fetch what makes the page's types; see above"
set -e
node tools/types/make.mjs --check
npm run build
if [ -z "$GRADUS" ]; then
    (cd .. && cargo build -p gradus)
    GRADUS="${CARGO_TARGET_DIR:-$(cd .. && pwd)/target}/debug/gradus"
fi
GRADUS="$GRADUS" npm test
