#!/usr/bin/env bash
# Removes everything of a run, whatever state it is in, and nothing else.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: containers/down.sh [RUN | --all]

Removes the network of a run (see containers/status.sh) and ends what runs in it, as root. Without a
name: the only one there is. Nothing happens when there is none of that name.
END
}

# Ends the processes inside, then the namespaces with their cables.
remove_namespaces() {
  local name attempt
  for attempt in {1..50}; do
    mapfile -t names < <(namespaces "$1")
    [[ ${#names[@]} -gt 0 ]] || return 0
    for name in "${names[@]}"; do
      # Words on purpose: a list of process ids.
      # shellcheck disable=SC2046
      kill -KILL $(ip netns pids "$name" 2>/dev/null) 2>/dev/null || true
      ip netns delete "$name" 2>/dev/null || true
    done
    [[ $attempt -lt 3 ]] || sleep 0.1
  done
  fail 3 "cannot remove ${names[*]}"
}

# A builder that still runs would go on making what is removed here.
end_builder() {
  local id
  id=$(cat "$state_root/$1/builder" 2>/dev/null) || return 0
  if grep -qz 'up\.sh$' "/proc/$id/cmdline" 2>/dev/null; then
    kill -KILL "$id" 2>/dev/null || true
  fi
}

take_down() {
  check_run_id "$1"
  end_builder "$1"
  remove_namespaces "$1"
  if [[ -d $state_root/$1 ]]; then rm -r "${state_root:?}/$1"; fi
}

case ${1-} in
  -h | --help)
    usage
    exit 0
    ;;
  --all | "" | [!-]*) ;;
  *) fail 2 "'$1' is not an option; see --help" ;;
esac
[[ $# -le 1 ]] || fail 2 "one run at a time; see --help"
require_root
require ip iproute2
if [[ ${1-} == --all ]]; then
  mapfile -t names < <(runs)
else
  names=("${1:-$(only_run)}")
fi
for run in "${names[@]}"; do take_down "$run"; done
