#!/usr/bin/env bash
# What a second core is worth to a sweep in virtual time: the same sweep with --jobs 1 and 2, in
# turns. Their exports must be the same bytes. One line of JSON goes to standard output: the median
# of the seconds with two jobs ("ours") and with one ("peer"), and of their ratios.
#
#   bench/jobs.sh [ROUNDS]      BUILD=build/release
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sim=$(realpath "${BUILD:-build/release}")/sim
[[ -x $sim ]] || {
  echo "jobs.sh: no $sim: cmake --build build/release --target sim (or set BUILD)" >&2
  exit 3
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/sweep.yaml" <<'YAML'
gradwire: 1
name: jobs
model: {kind: mlp, hidden: [512, 256]}
data: {kind: digits, train: 6400, test: 100}
training: {epoch: {steps: 20}}
network: {topology: star, nodes: 64, bandwidth: 100Mbit, latency: 1ms}
nodes: {step_time: 5ms}
arithmetic: off
fast_forward: off
sweep:
  training.seed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
YAML

# Seconds of the sweep with so many jobs.
run() {
  local start=$EPOCHREALTIME
  "$sim" run "$folder/sweep.yaml" --jobs "$1" --out "$folder/results-$1" > "$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    return 1
  }
  local end=$EPOCHREALTIME
  "$sim" export "$folder/results-$1" --format json > "$folder/$1.json"
  rm -r "$folder/results-$1"
  echo "$start $end" | awk '{ print $2 - $1 }'
}

run 1 > /dev/null # calibrates what has to be
for ((round = 0; round < ${1:-5}; ++round)); do
  one=$(run 1)
  two=$(run 2)
  cmp "$folder/1.json" "$folder/2.json"
  echo "$one $two"
done > "$folder/times"
/usr/bin/python3 - "$folder/times" <<'PYTHON'
import json
import statistics
import sys

with open(sys.argv[1]) as file:
    times = [tuple(map(float, line.split())) for line in file]
one = statistics.median(one for one, _ in times)
two = statistics.median(two for _, two in times)
ratio = statistics.median(two / one for one, two in times)
print(json.dumps({"case": "sweep on two jobs", "metric": "jobs", "ours": two, "peer": one,
                  "ratio": round(ratio, 6)}))
PYTHON
