#!/usr/bin/env bash
# From a fresh checkout to a first answer: installs, builds, predicts, measures, draws.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: ./quickstart.sh [--into DIR]

Installs what is missing (setup.sh), builds the program, calibrates it on this machine, then runs
scenarios/quickstart.yaml twice, in virtual time and with real sockets, prints the tables and draws
training time against node count, predicted and measured. After the first build it takes seconds.

  --into DIR  where the build and the results go (default: the checkout, or gradwire in your cache
              folder if you may not write there)

It replaces what it left there before, the folder results/quickstart-run, and nothing else.
Exit codes: 0 done, 2 bad usage, 3 something is missing on this machine, else that of the step that
failed.
EOF
}

fail() {
  echo "quickstart.sh: $2" >&2
  exit "$1"
}

say() {
  echo "== $1" >&2
}

# Runs a command quietly; when it fails, shows the end of what it said. $1: what it does.
quietly() {
  local what=$1 code=0
  shift
  "$@" >"$log" 2>&1 || code=$?
  if [[ $code -ne 0 ]]; then
    tail -n 30 "$log" >&2
    fail "$code" "$what failed (exit code $code)"
  fi
}

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
into=$checkout
if [[ ! -w $checkout ]]; then
  into=${XDG_CACHE_HOME:-$HOME/.cache}/gradwire/quickstart
fi
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --into)
      [[ -n ${2:-} ]] || fail 2 "--into needs a folder"
      into=$2
      shift 2
      ;;
    *) fail 2 "'$1' is not an option; allowed: --into DIR, --help" ;;
  esac
done
mkdir -p "$into" || fail 3 "cannot create $into; choose another folder with --into DIR"
into=$(cd "$into" && pwd)
build=$into/build/release
results=$into/results/quickstart-run
log=$(mktemp)
trap 'rm -f "$log"' EXIT

"$checkout/setup.sh" run

# Only the program: without the tests and benchmarks, whose packages a user does not need.
if [[ ! -f $build/build.ninja ]]; then
  say "configuring"
  (cd "$checkout" && quietly "cmake" cmake --preset release -B "$build" \
    -DBUILD_TESTING=OFF -DGRADWIRE_BENCHMARKS=OFF)
fi
say "building (the first time takes some minutes)"
quietly "the build" cmake --build "$build" --target sim
sim=$build/sim
scenario=$checkout/scenarios/quickstart.yaml

rm -rf "$results"
mkdir -p "$results"
calibration=$results/calibration.json
say "calibrating: what does a training step cost on this machine?"
"$sim" calibrate "$scenario" --calibration "$calibration"
say "predicting, in virtual time"
"$sim" run "$scenario" --calibration "$calibration" --out "$results/virtual"
say "measuring, with real sockets, and comparing"
"$sim" compare "$scenario" --modes virtual,local --calibration "$calibration" \
  --out "$results/comparison"

say "drawing"
"$checkout/analysis/plot.py" time-vs-nodes "$results/comparison/virtual" \
  "$results/comparison/local" --out "$results/time-vs-nodes"
