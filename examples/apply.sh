#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts an example into a running Tarn: its endpoints, its data, its jobs, its pipelines. A second call changes nothing but the data sent.
#
#   examples/apply.sh examples/events [URL]          URL: http://127.0.0.1:8080 unless given; TARN_API_KEY when it wants one
set -euo pipefail
example=${1:?the folder of an example}
url=${2:-http://127.0.0.1:8080}
domain=$(basename "$example")
key=()
[ -z "${TARN_API_KEY:-}" ] || key=(-H "X-Api-Key: $TARN_API_KEY")

call() { curl -sS --fail-with-body "${key[@]}" -H 'Content-Type: application/json' "$@" && echo; }
exists() { curl -sS -o /dev/null --fail "${key[@]}" "$1" 2> /dev/null; }

for file in "$example"/endpoints/*.json; do
  name=$(basename "$file" .json)
  if exists "$url/endpoints/$domain/$name"; then call -X PUT -d @"$file" "$url/endpoints/$domain/$name"; else call -d @"$file" "$url/endpoints"; fi
done
for file in "$example"/data/*.json; do  # events.json, events-2.json: records of the endpoint `events`
  name=$(basename "$file" .json)
  call -d @"$file" "$url/ingest/$domain/${name%%-*}/batch?ack=silver&strict=true"
done
for name in $(cat "$example"/jobs/order); do  # a job after those it reads
  file=$example/jobs/$name.json
  if exists "$url/transform/jobs/$domain/$name"; then call -X PUT -d @"$file" "$url/transform/jobs/$domain/$name"; else call -d @"$file" "$url/transform/jobs"; fi
done
for file in "$example"/pipelines/*.json; do
  [ ! -e "$file" ] || call -X PUT -d @"$file" "$url/pipelines/$(basename "$file" .json)"
done
