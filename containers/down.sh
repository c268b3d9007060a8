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

# Processes in the network namespaces of run $1, and those that hold its containers. The first are
# also found where the name of the namespace is gone already, by its number, which up.sh has noted.
processes() {
  local numbers=() number
  while read -r number; do
    numbers+=(-o -lname "net:\\[$number\\]")
  done < <({
    cat "$state_root/$1/numbers" 2>/dev/null
    namespaces "$1" | sed 's|^|/run/netns/|' | xargs --no-run-if-empty stat -L -c %i 2>/dev/null
  } | sort --unique)
  {
    find /proc/[0-9]*/ns/net -maxdepth 0 \( -false "${numbers[@]}" \) 2>/dev/null
    grep -lzsF -f <(echo "$(files_of "$1")/") /proc/[0-9]*/cmdline
  } | cut -d / -f 3 | sort --unique | grep -vx "$$" || true
}

# Ends all processes, then removes the namespaces with their cables.
remove_namespaces() {
  local name attempt ids names
  for attempt in {1..50}; do
    mapfile -t ids < <(processes "$1")
    if [[ ${#ids[@]} -gt 0 ]]; then kill -KILL "${ids[@]}" 2>/dev/null || true; fi
    mapfile -t names < <(namespaces "$1")
    [[ ${#ids[@]} -gt 0 || ${#names[@]} -gt 0 ]] || return 0
    for name in "${names[@]}"; do ip netns delete "$name" 2>/dev/null || true; done
    [[ $attempt -lt 3 ]] || sleep 0.1
  done
  fail 3 "cannot remove ${names[*]} or end ${ids[*]}"
}

# The files of containers, and what is mounted there: the innermost first.
remove_files() {
  local place files
  files=$(files_of "$1")
  awk -v prefix="$files" 'index($5, prefix) == 1 {print $5}' /proc/self/mountinfo \
    | tac | while read -r place; do umount --lazy "$(printf '%b' "$place")"; done
  # LXC keeps a folder for each of its own.
  rm -rf "/run/lxc/lock${files:?}"
  rmdir --ignore-fail-on-non-empty -p "/run/lxc/lock$state_root" 2>/dev/null || true
  if [[ -d $files ]]; then rmdir "$files"; fi
}

# The kernel lets go of a group a moment after its last process.
remove_groups() {
  local groups attempt
  for attempt in {1..100}; do
    mapfile -t groups < <(groups_of "$1")
    [[ ${#groups[@]} -gt 0 ]] || return 0
    find "${groups[@]}" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [[ $attempt -eq 1 ]] || sleep 0.05
  done
  fail 3 "cannot remove the control group ${groups[0]}"
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
  remove_files "$1"
  remove_groups "$1"
  if [[ -d $state_root/$1 ]]; then rm -r --one-file-system "${state_root:?}/$1"; fi
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
