#!/usr/bin/env bash
# Measures every link of a network that is up against what its scenario asks for.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: containers/verify.sh [RUN] [--rate-tolerance SHARE] [--rtt-tolerance TIME]

Prints requested, expected and delivered rates and round trips; without a name, of the only network
that is up. Exit code 3 if one of them is beyond the tolerance (2 %, 300us).
END
}

run=
case ${1-} in
  -h | --help)
    usage
    exit 0
    ;;
  "" | -*) ;;
  *)
    run=$1
    shift
    ;;
esac
require_root
require ip iproute2
require iperf3 iperf3
require ping iputils-ping
run=${run:-$(only_run)}
[[ -e $state_root/$run/complete ]] || fail 2 "no network of the name '$run' is up"
mapfile -d '' -t arguments <"$state_root/$run/arguments"
exec "$(sim_program)" links "${arguments[@]}" --verify --run "$run" "$@"
