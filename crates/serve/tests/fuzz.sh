#!/bin/sh
# Sends 10,000 malformed and well-formed requests, made by schemathesis from the OpenAPI document, to a real server with a session
# of each family, and prints the memory that the server holds before and after. It ends with a failure at the first answer
# of 500 or more.
#
#   sh crates/serve/tests/fuzz.sh [PROGRAM] [CASES for each operation and session]
#
# Needs Python, `pip install schemathesis` and curl; SCHEMATHESIS names another than the one on the PATH.
set -eu
program=${1:-target/release/gradus}
cases=${2:-45}
folder=$(mktemp -d)
"$program" serve --port 0 --home "$folder/home" >"$folder/link" 2>"$folder/messages" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$folder"' EXIT
until [ -s "$folder/link" ]; do sleep 0.1; done
url=$(sed 's,/$,,' "$folder/link")
memory() { awk '/VmRSS/ {print int($2 / 1024) " MiB"}' "/proc/$server/status"; }

sessions=
for recipe in mlp transformer iris lenet autoencoder text-cnn; do
  begun=$(curl -sf -X POST "$url/api/sessions" -H 'content-type: application/json' -d "{\"recipe\": \"$recipe\"}")
  sessions="$sessions $(printf '%s' "$begun" | sed 's/.*"id":"\([^"]*\)".*/\1/')"
done

# The document with a session's name in the place of {id}: else nearly every answer would be that there is none. Without the
# stream of events, which does not end, without closing the session, without downloads, and without what trains on for long.
for session in $sessions; do
  curl -sf "$url/api/openapi.json" | SESSION=$session python3 -c '
import json, os, sys
document, session = json.load(sys.stdin), os.environ["SESSION"]
paths = {}
for path, methods in document["paths"].items():
    if path.endswith(("/events", "/fetch", "/play", "/precision")) or path == "/api/sessions/{id}":
        continue
    for operation in methods.values():
        if "{id}" in path:
            operation["parameters"] = [p for p in operation.get("parameters", []) if p["name"] != "id"]
    if "{id}" in path or session.startswith("mlp"):
        paths[path.replace("{id}", session)] = methods
document["paths"] = paths
json.dump(document, sys.stdout)' >"$folder/$session.json"
done

echo "memory at the beginning: $(memory)"
for session in $sessions; do
  # In the folder that is thrown away: it keeps a cache where it runs.
  (cd "$folder" && "${SCHEMATHESIS:-schemathesis}" run "$folder/$session.json" --url "$url" --phases fuzzing --mode all \
    --checks not_a_server_error --max-examples "$cases" --continue-on-failure --request-timeout 60 --no-color \
    --suppress-health-check all --warnings off) >"$folder/report" 2>&1 || { tail -60 "$folder/report"; exit 1; }
  grep -E 'Test cases|generated|passed' "$folder/report" | tail -3
  echo "memory after $session: $(memory)"
done
curl -sf "$url/api" >/dev/null && echo "the server answers"
