#!/bin/sh
# The page's tests: types, units, and a real Chromium before the real program. Where Node or Chromium are missing, it says
# what it left out. CHROMIUM=… and GRADUS=… name others.
cd "$(dirname "$0")" || exit 1
left_out() {
    echo "left out: the page's tests ($1)"
    exit 0
}
enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
node -e "$enough" 2>/dev/null || left_out "no Node 20.19 or newer"
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
