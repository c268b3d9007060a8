#!/usr/bin/env bash
# guard.sh RUN TOKEN BUILDER OWNER: started by up.sh. Takes the run down if its builder ends before
# the network is complete, and later when its owner (empty: nobody) has ended. The token tells this
# network from a later one of the same name.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

state=$state_root/$1
is_this_one() { [[ $(cat "$state/token" 2>/dev/null) == "$2" ]]; }
take_down() {
  if is_this_one "$@"; then "$here/down.sh" "$1"; fi
  # A command that the builder had started may have gone on for a moment.
  sleep 1
  if [[ ! -e $state && -n $(namespaces "$1")$(groups_of "$1") ]]; then "$here/down.sh" "$1"; fi
  exit 0
}

trap '' INT TERM HUP
tail --pid="$3" --sleep-interval=0.1 --follow /dev/null
rm -rf "${state_root:?}/.new-$1-$3"
[[ -e $state/complete ]] || take_down "$@"
[[ -n $4 ]] || exit 0
while kill -0 "$4" 2>/dev/null; do
  is_this_one "$@" || exit 0
  sleep 0.2
done
take_down "$@"
