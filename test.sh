#!/usr/bin/env bash
# Builds Gradwire and runs its tests; ./test.sh --help says which there are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [[ ! -x /usr/bin/python3 ]]; then
  echo "test.sh: python3 is missing; run ./setup.sh" >&2
  exit 3
fi
exec /usr/bin/python3 -B tests/runner/main.py "$@"
