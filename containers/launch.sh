#!/usr/bin/env bash
# Runs a command of the user's on every host of a network that is up, as torchrun would.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: containers/launch.sh [--run RUN] [--logs DIR] COMMAND [ARGUMENT...]

Runs the command on every host at the same time and waits for all of them. Each finds in its
environment RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, TF_CONFIG (rank 0 is the chief),
GLOO_SOCKET_IFNAME and NCCL_SOCKET_IFNAME. What rank 0 prints is shown; all of it is kept:

  DIR/HOST.log      what each host's command printed [default: launch-RUN]
  DIR/metrics.csv   what it reported by lines such as `gradwire: step=3 loss=0.21`

The first command that fails ends the others.

Exit codes: 0 all have succeeded, 2 bad usage, 3 a command has failed, and which.
END
}

run=
logs=
while [[ ${1-} == -* ]]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --run | --logs)
      [[ $# -ge 2 ]] || fail 2 "$1: a value is missing"
      if [[ $1 == --run ]]; then run=$2; else logs=$2; fi
      shift 2
      ;;
    *) fail 2 "'$1' is not an option; see --help" ;;
  esac
done
[[ $# -ge 1 ]] || fail 2 "a command is missing; see --help"
require_root
require ip iproute2
require jq jq
run=${run:-$(only_run)}
plan=$state_root/$run/plan.json
[[ -e $state_root/$run/complete ]] || fail 2 "no network of the name '$run' is up"
logs=${logs:-launch-$run}
mkdir -p "$logs"

# One line for each host: its name, and its environment as words for `env`.
environments() {
  jq -r '
    .port as $port | [.hosts[] | "\(.address):\($port)"] as $all
    | {chief: $all[0:1], worker: $all[1:]} as $cluster
    | .hosts as $hosts | range($hosts | length) as $rank
    | [ $hosts[$rank].name, "RANK=\($rank)", "LOCAL_RANK=0", "WORLD_SIZE=\($hosts | length)",
        "MASTER_ADDR=\($hosts[0].address)", "MASTER_PORT=\($port)",
        "GLOO_SOCKET_IFNAME=eth0", "NCCL_SOCKET_IFNAME=eth0",
        "TF_CONFIG=\({cluster: $cluster, task:
          (if $rank == 0 then {type: "chief", index: 0}
           else {type: "worker", index: ($rank - 1)} end)} | tojson)" ]
    | @tsv' "$plan"
}

declare -A host_of=()
end_all() {
  local id
  for id in "${!host_of[@]}"; do kill -KILL -- "-$id" 2>/dev/null || true; done
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

first=
while IFS=$'\t' read -r -a words; do
  # There before anyone looks at it.
  : >"$logs/${words[0]}.log"
  # TF_CONFIG is JSON without tabs; @tsv escapes only backslashes, which it has none of.
  setsid "$here/exec.sh" --run "$run" "${words[0]}" env "${words[@]:1}" "$@" \
    </dev/null >>"$logs/${words[0]}.log" 2>&1 &
  host_of[$!]=${words[0]}
  first=${first:-$!}
done < <(environments)
tail --pid="$first" --sleep-interval=0.1 --lines=+1 --follow "$logs/${host_of[$first]}.log" \
  2>/dev/null &
shown=$!

failure=
left=("${!host_of[@]}")
while [[ ${#left[@]} -gt 0 && -z $failure ]]; do
  code=0
  id=
  wait -n -p id "${left[@]}" || code=$?
  if [[ $code -ne 0 ]]; then
    failure="${host_of[${id:-$first}]}: the command ended with code $code; its output: \
$logs/${host_of[${id:-$first}]}.log"
    # The shell would say of each that it was killed.
    disown -a
    end_all
  fi
  mapfile -t left < <(printf '%s\n' "${left[@]}" | grep -vx "$id")
done
wait "$shown" 2>/dev/null || true

{
  echo "host,line,key,value"
  while read -r host; do
    awk -v host="$host" '
      sub(/^gradwire: /, "") {
        for (i = 1; i <= NF; ++i) {
          at = index($i, "=")
          if (at > 1) print host "," NR "," substr($i, 1, at - 1) "," substr($i, at + 1)
        }
      }' "$logs/$host.log"
  done < <(jq -r '.hosts[].name' "$plan")
} >"$logs/metrics.csv"
[[ -z $failure ]] || fail 3 "$failure"
