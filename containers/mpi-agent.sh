#!/usr/bin/env bash
# What mpirun takes for ssh: mpi-agent.sh HOST COMMAND..., a shell command on a host of the run
# GRADWIRE_RUN. The host has its own name there, by which Open MPI tells machines apart.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

host=$1
shift
# The inner shell expands them.
# shellcheck disable=SC2016
exec "$here/exec.sh" --run "$GRADWIRE_RUN" "$host" \
  unshare --uts sh -c 'hostname "$1" && shift && exec sh -c "$*"' sh "$host" "$@"
