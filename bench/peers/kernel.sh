#!/usr/bin/env bash
# Compares flows over TCP in the network model with the kernel's: between network namespaces on
# one bridge, both ends of every cable shaped by tbf, and through `sim switch`, with round trips up
# to 100 ms. Needs root. Half of the cases, chosen by a seed, fix three parameters, the cost of
# software for a message and for a megabyte, and what the switch adds; the other half judges.
# --quick takes four minutes, --list says how long it takes; --help lists the options.
#
# One JSON line a case goes to standard output, a table to standard error. Nothing is installed:
# what is missing is named, with exit code 3. Only namespaces of its own are made, and removed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "kernel.sh: $1" >&2
  exit 3
}

build=${BUILD:-build/release}
[[ $EUID -eq 0 ]] || fail "must be root, to make network namespaces"
command -v tc > /dev/null || fail "tc is missing: apt-get install iproute2"
[[ -c /dev/net/tun ]] || fail "no /dev/net/tun: sim switch needs it"
for target in bench/flow_times bench/kernel_case sim; do
  [[ -x $build/$target ]] ||
    fail "no $build/$target: cmake --build $build --target ${target#bench/} (or set BUILD)"
done
exec /usr/bin/python3 -B bench/peers/kernel_compare.py "$@" \
  "$build/bench/flow_times" "$build/bench/kernel_case" "$build/sim"
