#!/usr/bin/env bash
# Builds the network of a scenario on this machine: a network namespace for each host and switch,
# veth cables, shaped in both directions where they begin; hosts can be containers in theirs.
set -euo pipefail
# shellcheck source=containers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=containers/build.sh
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"
# shellcheck source=containers/ovs.sh
source "$(dirname "${BASH_SOURCE[0]}")/ovs.sh"
# shellcheck source=containers/tcp.sh
source "$(dirname "${BASH_SOURCE[0]}")/tcp.sh"
# shellcheck source=containers/limits.sh
source "$(dirname "${BASH_SOURCE[0]}")/limits.sh"
# shellcheck source=containers/boxes.sh
source "$(dirname "${BASH_SOURCE[0]}")/boxes.sh"

usage() {
  cat <<'END'
usage: containers/up.sh SCENARIO [options]

Builds the hosts, switches and links of a scenario, as root; prints the name of the run.

  --run ID         the name of the run [default: the name of the scenario]
  --backend NAME   what a host is: netns: a network namespace [default]; lxc or podman: a
                   container with files and processes of its own
  --image NAME     with podman: an image that podman has (see Containerfile) in place of this
                   machine's files
  --switch NAME    bridge: Linux bridges, or routers where the network has loops [default];
                   ovs: Open vSwitch, which shapes what its ports send by linux-htb
  --open-uplinks   with ovs: what the hosts send is not shaped, as in the VNX experiment
  --shaper NAME    auto, tc or builtin: what shapes the links [default: auto; it says what]
  --point N        which point of a sweep, from 0
  --repeat N       which repeat, from 0: it decides among equal ways
  --share DIR      a folder that containers see besides; may be repeated
  --set KEY=VALUE  overrides a key of the scenario; may be repeated
  --owner PID      take everything down when this process has ended

Exit codes: 0 done, 2 bad input, 3 the environment (permission, a tool or kernel feature missing,
a leftover of the same name).
END
}

run=
backend=netns
image=
switch=bridge
shaper=auto
open_uplinks=false
owner=
scenario=
links_arguments=()
shared=()
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --run | --backend | --image | --switch | --shaper | --point | --repeat | --set | --owner \
      | --share)
      [[ $# -ge 2 ]] || fail 2 "$1: a value is missing"
      case $1 in
        --run) run=$2 ;;
        --backend) backend=$2 ;;
        --image) image=$2 ;;
        --switch) switch=$2 ;;
        --shaper) shaper=$2 ;;
        --owner) owner=$2 ;;
        --share)
          [[ -d $2 ]] || fail 2 "--share '$2'; allowed: a folder that is there"
          shared+=("$(realpath "$2")")
          ;;
        *) links_arguments+=("$1" "$2") ;;
      esac
      shift 2
      ;;
    --open-uplinks)
      open_uplinks=true
      shift
      ;;
    -*) fail 2 "'$1' is not an option; see --help" ;;
    *)
      [[ -z $scenario ]] || fail 2 "'$1': one scenario at a time"
      scenario=$1
      shift
      ;;
  esac
done
[[ -n $scenario ]] || fail 2 "a scenario is missing; see --help"
[[ $backend =~ ^(netns|lxc|podman)$ ]] \
  || fail 2 "--backend '$backend'; allowed: netns, lxc, podman"
[[ -z $image || $backend == podman ]] || fail 2 "--image; allowed: with --backend podman"
[[ $switch =~ ^(bridge|ovs)$ ]] || fail 2 "--switch '$switch'; allowed: bridge, ovs"
[[ $shaper =~ ^(auto|tc|builtin)$ ]] || fail 2 "--shaper '$shaper'; allowed: auto, tc, builtin"
[[ $shaper != builtin || $switch == bridge ]] \
  || fail 2 "--shaper builtin takes the place of Open vSwitch; allowed: auto, tc, or \
--switch bridge"
[[ $open_uplinks == false || $switch == ovs ]] \
  || fail 2 "--open-uplinks; allowed: with --switch ovs"
[[ -z $owner || $owner =~ ^[0-9]+$ ]] || fail 2 "--owner '$owner'; allowed: the id of a process"

require_root
require ip iproute2
require tc iproute2
require jq jq
require sysctl procps
[[ $switch == bridge ]] || require_ovs
require_backend "$backend"
[[ -z $image ]] || require_image "$image"

program=$(sim_program)
plan=$("$program" links "$scenario" "${links_arguments[@]}" --format json) || exit $?
run=${run:-$(jq -r .scenario <<<"$plan")}
check_run_id "$run"

if [[ -n $(namespaces "$run")$(groups_of "$run") || -e $(files_of "$run") ]]; then
  fail 3 "something of run '$run' is there already; remove it: containers/down.sh $run"
fi
state=$state_root/$run
fresh=$state_root/.new-$run-$$
token=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
# The guard first: whatever is made from here on, it takes down if this script is killed.
setsid "$here/guard.sh" "$run" "$token" "$$" "$owner" </dev/null >/dev/null 2>&1 &
disown
mkdir -p "$state_root"
mkdir -m 700 "$fresh"
echo "$token" >"$fresh/token"
echo "$$" >"$fresh/builder"
echo "$plan" >"$fresh/plan.json"
printf '%s\0' "$(realpath "$scenario")" "${links_arguments[@]}" >"$fresh/arguments"
# All at once: a state folder is never without its token.
if ! mv -T "$fresh" "$state" 2>/dev/null; then
  rm -r "$fresh"
  fail 3 "something of run '$run' is there already; remove it: containers/down.sh $run"
fi
# A failure takes down what there is.
clean_up() {
  [[ ! -e $state/complete ]] || return 0
  rm -f "$state/builder"
  "$here/down.sh" "$run"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
build_network "$run" "$plan" "$shaper" "$state"
touch "$state/complete"
jq -r --arg run "$run" --arg shaper "$(cat "$state/shaper")" --arg switch "$switch" \
  --arg backend "$backend" \
  '"run \($run): \(.hosts | length) hosts" +
   (if $backend == "netns" then "," else " (\($backend))," end) +
   " \(.switches | length) switches" + (if $switch == "ovs" then " (Open vSwitch)," else "," end),
   "\(.links | length) links, shaped by \($shaper)"' <<<"$plan" | paste -sd ' ' >&2
echo "$run"
