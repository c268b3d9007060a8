#!/usr/bin/env bash
# Compares the step time of PyTorch's distributed data parallelism (gloo) on four hosts with what
# virtual mode predicts for a profile of the same network, at 10 and 100 Mbit/s. Needs root. The
# time of computing comes from a run on one host, measured first. --help lists the options.
#
# One JSON line a case goes to standard output, a table to standard error. Nothing is installed:
# a missing package is named, with exit code 3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "pytorch_ddp.sh: $1" >&2
  exit 3
}

build=${BUILD:-build/release}
[[ $EUID -eq 0 ]] || fail "must be root, to make network namespaces"
/usr/bin/python3 -c 'import torch' 2>/dev/null ||
  fail "no PyTorch for /usr/bin/python3: apt-get install python3-torch"
for tool in tc:iproute2 jq:jq iperf3:iperf3; do
  command -v "${tool%:*}" > /dev/null || fail "${tool%:*} is missing: apt-get install ${tool#*:}"
done
[[ -x $build/sim ]] || fail "no $build/sim: cmake --build $build --target sim (or set BUILD)"
exec /usr/bin/python3 -B bench/peers/pytorch_ddp_compare.py "$@" "$build/sim"
