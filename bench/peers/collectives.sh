#!/usr/bin/env bash
# Compares ring all-reduce over our TCP transport with Gloo's and Open MPI's, in turns, on loopback
# in a network namespace of its own whose congestion control is cubic; and, with --shaped, with the
# bound of a network at 100 Mbit/s. Options are those of collectives_compare.py (--help lists
# them). Needs root.
#
# One JSON line a comparison goes to standard output, a table to standard error. Nothing is
# installed: a missing package is named, with exit code 3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "collectives.sh: $1" >&2
  exit 3
}

build=${BUILD:-build/release}
[[ $EUID -eq 0 ]] || fail "must be root, to make network namespaces"
[[ -f /usr/include/gloo/allreduce.h ]] || fail "no Gloo: apt-get install libgloo-dev"
command -v mpicxx mpirun > /dev/null ||
  fail "no Open MPI: apt-get install libopenmpi-dev openmpi-bin"
[[ -x $build/bench/collective_case ]] ||
  fail "no collective_case: cmake --build $build --target collective_case (or set BUILD)"

peers=$build/bench/peers
mkdir -p "$peers"
g++ -std=c++17 -O2 bench/peers/gloo_case.cpp -o "$peers/gloo_case" -lgloo -lpthread
mpicxx -std=c++17 -O2 bench/peers/mpi_case.cpp -o "$peers/mpi_case"
exec /usr/bin/python3 -B bench/peers/collectives_compare.py "$@" -- \
  "$build/bench/collective_case" "$peers/gloo_case" "$peers/mpi_case"
