#!/usr/bin/env bash
# Runs a command by mpirun with one process on each host of a network that is up.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: containers/mpi.sh [--run RUN] COMMAND [ARGUMENT...]

Starts the command by Open MPI's mpirun, rank r on the r-th host, over TCP and the hosts' eth0 and
nothing else. mpirun runs on the first host: its own messages cross the network of the run, too.

Exit codes: that of mpirun, 2 bad usage, 3 something is missing.
END
}

parse_run usage "$@"
set -- "${rest[@]}"
[[ $# -ge 1 ]] || fail 2 "a command is missing; see --help"
require_root
require ip iproute2
require jq jq
require mpirun openmpi-bin
run=${run:-$(only_run)}
plan=$state_root/$run/plan.json
[[ -e $state_root/$run/complete ]] || fail 2 "no network of the name '$run' is up"

mapfile -t hosts < <(jq -r '.hosts[].name' "$plan")
export GRADWIRE_RUN=$run
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Without these it takes shared memory, which no link of the network would see.
export OMPI_MCA_btl=self,tcp OMPI_MCA_pml=ob1
export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0
export OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent=$here/mpi-agent.sh
export OMPI_MCA_plm_rsh_no_tree_spawn=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
exec "$here/mpi-agent.sh" "${hosts[0]}" exec mpirun -np "${#hosts[@]}" \
  --host "$(IFS=, && echo "${hosts[*]}")" "$(printf '%q ' "$@")"
