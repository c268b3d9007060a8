#!/usr/bin/env bash
# Lists the networks that up.sh has built: run, state, shaper, hosts and what runs in them.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1-} in
  "") ;;
  -h | --help)
    echo "usage: containers/status.sh"
    echo "Lists every network that is up, and what of one was left behind."
    exit 0
    ;;
  *) fail 2 "'$1' is not an option; see --help" ;;
esac
require ip iproute2
require jq jq
for run in $(runs); do
  state=$state_root/$run
  if [[ -e $state/complete ]]; then
    jq -r --arg run "$run" --arg shaper "$(cat "$state/shaper")" \
      '"\($run): up, \(.hosts | length) hosts, shaped by \($shaper)"' "$state/plan.json"
  else
    echo "$run: incomplete; remove it: containers/down.sh $run"
  fi
  while read -r name; do
    processes=$(ip netns pids "$name" | wc -l)
    address=$(jq -r --arg name "${name##*:}" \
      '.hosts[] | select(.name == $name) | .address' "$state/plan.json" 2>/dev/null || true)
    echo "  ${name##*:} ${address:--} processes: $processes"
  done < <(namespaces "$run")
done
