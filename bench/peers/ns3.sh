#!/usr/bin/env bash
# Compares flows over TCP in the network model with ns-3's: the time until the last of one or more
# flows has arrived. Options are those of ns3_compare.py (--help lists them).
#
# One JSON line a case goes to standard output, a table to standard error. Nothing is installed: a
# missing package is named, with exit code 3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "ns3.sh: $1" >&2
  exit 3
}

build=${BUILD:-build/release}
[[ -f /usr/include/ns3/core-module.h ]] ||
  fail "no ns-3 in /usr/include: apt-get install libns3-dev"
[[ -x $build/bench/flow_times ]] ||
  fail "no $build/bench/flow_times: cmake --build $build --target flow_times (or set BUILD)"

mkdir -p "$build/bench/peers"
g++ -std=c++17 -O2 bench/peers/ns3_case.cpp -o "$build/bench/peers/ns3_case" \
  -lns3-core -lns3-internet -lns3-network -lns3-point-to-point -lns3-traffic-control
exec /usr/bin/python3 -B bench/peers/ns3_compare.py "$@" \
  "$build/bench/flow_times" "$build/bench/peers/ns3_case"
