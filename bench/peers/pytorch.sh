#!/usr/bin/env bash
# Compares the training steps of the experiments' models with PyTorch, in the same run, both sides
# taking turns, one thread each, PyTorch at the better of two settings of OpenBLAS. Options are
# those of pytorch_compare.py (--help lists them).
#
# One JSON line a comparison goes to standard output, a table to standard error. Nothing is
# installed: a missing package is named, with exit code 3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "pytorch.sh: $1" >&2
  exit 3
}

build=${BUILD:-build/release}
/usr/bin/python3 -c 'import torch' 2>/dev/null ||
  fail "no PyTorch for /usr/bin/python3: apt-get install python3-torch"
[[ $(readlink -f /usr/lib/*/libblas.so.3) == *openblas* ]] ||
  fail "PyTorch would use slow reference products: apt-get install libopenblas0-pthread"
[[ -x $build/bench/trainer_case ]] ||
  fail "no $build/bench/trainer_case: cmake --build $build --target trainer_case (or set BUILD)"
exec /usr/bin/python3 -B bench/peers/pytorch_compare.py "$build/bench/trainer_case" "$@"
