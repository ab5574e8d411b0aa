#!/bin/sh
# openapi-typescript 7.13.0: with `--array-length`, a JSON Schema tuple that also says how long it is (prefixItems, and minItems equal to
# maxItems, as Rust's schemars writes `(u64, f64)`) becomes a tuple of tuples. A good guess would be that minItems and maxItems change
# nothing where prefixItems already says it all.
#
# Behaviour seen: the schema {"prefixItems": [integer, number], "minItems": 2, "maxItems": 2}, valid for [1, 2.5], gives the type
# [[number, number], [number, number]]; without minItems and maxItems, or without the flag, it gives [number, number].
# The script fails if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent openapi-typescript@7.13.0 typescript@5.9.3
cat > document.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "tuples", "version": "1" },
  "paths": {},
  "components": {
    "schemas": {
      "Sized": { "type": "array", "prefixItems": [{ "type": "integer" }, { "type": "number" }], "minItems": 2, "maxItems": 2 },
      "Open": { "type": "array", "prefixItems": [{ "type": "integer" }, { "type": "number" }] }
    }
  }
}
JSON
types() {
  npx --no-install openapi-typescript document.json "$@" 2>/dev/null | tr -d ' \n' | grep -o "schemas:{.*" | sed 's/};.*//'
}
flagged=$(types --array-length)
plain=$(types)
echo "with --array-length: $flagged"
echo "without:             $plain"
[ "$flagged" = "schemas:{Sized:[[number,number],[number,number]];Open:[number,number];" ]
[ "$plain" = "schemas:{Sized:[number,number];Open:[number,number];" ]
