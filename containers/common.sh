# Shared by the scripts of this folder, which source it.
#
# Everything of a run is named for it: namespaces gw:RUN:NODE, control groups gradwire-RUN, a state
# folder /run/gradwire/RUN; what containers have of files is in a folder named by its checksum. A
# run can therefore be removed whatever was left of it.
# shellcheck shell=bash

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly state_root=/run/gradwire
# Where hierarchies of control groups are mounted; a test has its own.
readonly mounts=${GRADWIRE_MOUNTS:-/proc/self/mounts}

# fail CODE MESSAGE: codes as those of sim, 2 bad usage and 3 the environment.
fail() {
  echo "$(basename "$0"): $2" >&2
  exit "$1"
}

require_root() {
  [[ $EUID -eq 0 ]] || fail 3 "network namespaces need root; allowed: as root, or --mode local"
}

# require TOOL PACKAGE
require() {
  command -v "$1" >/dev/null || fail 3 "'$1' is missing; install the package $2"
}

# The program, which knows what the scenario's network is.
sim_program() {
  local candidate=${GRADWIRE_SIM:-$here/../build/release/sim}
  [[ -x $candidate ]] || candidate=$(command -v sim) \
    || fail 3 "sim is not built; GRADWIRE_SIM can name it"
  echo "$candidate"
}

check_run_id() {
  [[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] \
    || fail 2 "'$1' is no name of a run; allowed: letters, digits, '.', '_' and '-'"
}

# The control group of run $1 in every hierarchy.
group_of() { echo "gradwire-$1"; }

# The folders of that group that exist.
groups_of() {
  local folder
  awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' "$mounts" | sort --unique \
    | while read -r folder; do
      [[ ! -d $folder/$(group_of "$1") ]] || echo "$folder/$(group_of "$1")"
    done
}

# Where containers of run $1 have their files: short, because podman takes no long paths.
files_of() { echo "$state_root/.files-$(sha256sum <<<"$1" | cut -c 1-12)"; }

namespace_of() { echo "gw:$1:$2"; }

# The namespaces of run $1 that exist.
namespaces() {
  ip netns list | awk -v prefix="gw:$1:" 'index($1, prefix) == 1 {print $1}'
}

# Every run that has left a trace.
runs() {
  {
    ip netns list | awk -F '[: ]' '$1 == "gw" {print $2}'
    if [[ -d $state_root ]]; then
      find "$state_root" -mindepth 1 -maxdepth 1 ! -name '.*' -printf '%f\n'
    fi
  } | sort --unique
}

# parse_run USAGE_FUNCTION [ARGUMENT...]: takes --help or --run RUN from the front of the arguments.
# Sets `run` (empty without --run) and `rest`.
# shellcheck disable=SC2034
parse_run() {
  local usage=$1
  shift
  run=
  case ${1-} in
    -h | --help)
      "$usage"
      exit 0
      ;;
    --run)
      [[ $# -ge 2 ]] || fail 2 "--run: a value is missing"
      run=$2
      shift 2
      ;;
  esac
  rest=("$@")
}

# The run that is meant when none is named.
only_run() {
  local found
  mapfile -t found < <(runs)
  case ${#found[@]} in
    0) fail 3 "no network is up; containers/up.sh SCENARIO makes one" ;;
    1) echo "${found[0]}" ;;
    *) fail 2 "several networks are up: ${found[*]}; say which one" ;;
  esac
}
