#!/usr/bin/env bash
# Runs a command on a node of a network that is up.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: containers/exec.sh [--run RUN] NODE COMMAND [ARGUMENT...]

Runs a command on a node, host0 for example, with its exit code. Without --run: in the only network
that is up.
END
}

parse_run usage "$@"
set -- "${rest[@]}"
[[ $# -ge 2 ]] || fail 2 "a node and a command are missing; see --help"
require_root
require ip iproute2
run=${run:-$(only_run)}
node=$1
shift
name=$(namespace_of "$run" "$node")
[[ -e /run/netns/$name ]] || fail 2 "run '$run' has no node '$node'; see containers/status.sh"
while read -r group; do
  echo $$ >"$group" || fail 3 "cannot join the control group $group"
done < <(cat "$state_root/$run/groups/$node" 2>/dev/null)
holder=$(cat "$state_root/$run/holders/$node" 2>/dev/null || true)
[[ -n $holder ]] || exec ip netns exec "$name" "$@"
# In a container: where we are, if that folder is there, too.
# shellcheck disable=SC2016
exec nsenter --target "$holder" --mount --uts --ipc --net --pid -- \
  sh -c 'cd "$0" 2>/dev/null; exec "$@"' "$PWD" "$@"
