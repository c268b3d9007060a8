# What limits the processors and the memory of every host, for build.sh: a control group for each,
# of version 1 or 2, whichever has the controller.
# shellcheck shell=bash

# The folder of a controller: where its hierarchy is mounted. Fails where there is none.
hierarchy_of() {
  # This comes from common.sh.
  # shellcheck disable=SC2154
  awk -v name="$1" '
    $3 == "cgroup" && ("," $4 ",") ~ ("," name ",") {print $2; found = 1; exit}
    $3 == "cgroup2" {
      controllers = ""
      getline controllers <($2 "/cgroup.controllers")
      if ((" " controllers " ") ~ (" " name " ")) {print $2; found = 1; exit}
    }
    END {exit !found}' "$mounts"
}

is_version_2() { [[ -e $1/cgroup.controllers ]]; }

# CONTROLLER, a tab, FILE, a tab, VALUE: one line a limit of host $2, by the names of version 2.
limits_of() {
  jq -r --arg host "$2" '
    .hosts[] | select(.name == $host) | .limits
    | if .cores then "cpu\tcpu.max\t\(.cores.quota_us) \(.cores.period_us)" else empty end,
      if .shares then "cpu\tcpu.weight\t\(.shares)" else empty end,
      if .cpus then "cpuset\tcpuset.cpus\t\(.cpus | map(tostring) | join(","))" else empty end,
      if .memory_bytes then "memory\tmemory.max\t\(.memory_bytes)" else empty end' <<<"$1"
}

# apply_limit GROUP FILE VALUE. Shares from 2 to 262144 are weights from 1 to 10000 of version 2, as
# container runtimes translate them.
apply_limit() {
  local value
  case $2/$(is_version_2 "$1" && echo 2 || echo 1) in
    cpu.weight/2) echo "$((1 + ($3 - 2) * 9999 / 262142))" >"$1/cpu.weight" ;;
    cpu.weight/1) echo "$3" >"$1/cpu.shares" ;;
    cpu.max/1)
      read -r -a value <<<"$3"
      echo "${value[1]}" >"$1/cpu.cfs_period_us" && echo "${value[0]}" >"$1/cpu.cfs_quota_us"
      ;;
    memory.max/1) echo "$3" >"$1/memory.limit_in_bytes" ;;
    *) echo "$3" >"$1/$2" ;;
  esac
}

# make_group HIERARCHY GROUP CONTROLLER: a group, and the ones above it, that has the controller.
make_group() {
  local place=$1 part
  for part in ${2//\// }; do
    if is_version_2 "$1"; then echo "+$3" >"$place/cgroup.subtree_control"; fi
    if [[ ! -d $place/$part ]]; then mkdir "$place/$part"; fi
    if [[ $3 == cpuset ]] && ! is_version_2 "$1"; then
      # A new one of version 1 has none of either.
      echo 1 >"$place/$part/cgroup.clone_children"
      cat "$place/cpuset.mems" >"$place/$part/cpuset.mems"
      cat "$place/cpuset.cpus" >"$place/$part/cpuset.cpus"
    fi
    place=$place/$part
  done
}

# limit_host RUN NODE CONTROLLER FILE VALUE: prints the file by which a process joins the group.
limit_host() {
  local hierarchy group place
  group=$(group_of "$1")/$2
  hierarchy=$(hierarchy_of "$3") || fail 3 "no control group limits '$3' on this machine; allowed: \
a mounted hierarchy that has it, or a scenario without nodes.cores below 1, nodes.cpus, \
nodes.shares and nodes.memory"
  make_group "$hierarchy" "$group" "$3" 2>/dev/null || fail 3 "cannot make the control group $group"
  place=$hierarchy/$group
  apply_limit "$place" "$4" "$5" 2>/dev/null || fail 3 "the kernel does not take $4 $5"
  # In version 2 processes are in a leaf: containers make groups of their own beside it.
  if is_version_2 "$place"; then place=$place/run; fi
  mkdir -p "$place"
  echo "$place/cgroup.procs"
}

# limit_hosts RUN PLAN STATE: notes in STATE/groups/NODE how a process joins them.
limit_hosts() {
  local node controller file value
  mkdir -p "$3/groups"
  while read -r node; do
    limits_of "$2" "$node" | while IFS=$'\t' read -r controller file value; do
      limit_host "$1" "$node" "$controller" "$file" "$value"
    done | sort --unique >"$3/groups/$node"
  done < <(jq -r '.hosts[].name' <<<"$2")
}
