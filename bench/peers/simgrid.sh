#!/usr/bin/env bash
# Compares the network model with SimGrid: simulated times and speed, in the same run, both sides
# taking turns. Options are those of simgrid_compare.py (--help lists them).
#
# One JSON line a comparison goes to standard output, a table to standard error. Nothing is
# installed: a missing package is named, with exit code 3. Debian's libsimgrid-dev cannot be
# installed beside libboost1.81-dev, so its headers may lie unpacked in a folder of their own:
#
#   mkdir -p build/simgrid && cd build/simgrid
#   apt-get download libsimgrid-dev libboost1.74-dev
#   for package in ./*.deb; do dpkg -x "$package" .; done
#   SIMGRID_ROOT=$PWD ../../bench/peers/simgrid.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "simgrid.sh: $1" >&2
  exit 3
}

root=${SIMGRID_ROOT:-/}
build=${BUILD:-build/release}
library=libsimgrid.so.3.32
[[ -f $root/usr/include/simgrid/s4u.hpp ]] ||
  fail "no simgrid/s4u.hpp in $root/usr/include: unpack libsimgrid-dev, set SIMGRID_ROOT"
[[ -f $root/usr/include/boost/version.hpp ]] ||
  fail "no boost/version.hpp in $root/usr/include: unpack libboost1.74-dev there too"
[[ $(ldconfig -p) == *"$library"* ]] || fail "$library is missing: apt-get install libsimgrid3.32"
[[ -x $build/bench/peer_case ]] ||
  fail "no $build/bench/peer_case: cmake --build $build --target peer_case (or set BUILD)"

mkdir -p "$build/bench/peers"
g++ -std=c++17 -O2 -I"$root/usr/include" bench/peers/simgrid_case.cpp \
  -o "$build/bench/peers/simgrid_case" -l:"$library"
exec /usr/bin/python3 -B bench/peers/simgrid_compare.py "$@" \
  "$build/bench/peer_case" "$build/bench/peers/simgrid_case"
