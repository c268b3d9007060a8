# Hosts that are containers, for build.sh: each joins the network namespace that is there for it,
# and adds its own files (an overlay of this machine's, in memory), processes and control group.
# shellcheck shell=bash

require_backend() {
  case $1 in
    lxc) require lxc-execute lxc ;;
    podman)
      require podman podman
      require conmon conmon
      require runc runc
      ;;
  esac
}

# Only what is here already: nothing is fetched.
require_image() {
  podman image exists "$1" || fail 3 "podman has no image '$1'; podman build --tag $1 --file \
containers/Containerfile makes one, and podman pull gets one"
}

# One a line: what all hosts see of this machine beyond its root file system, and cannot change.
shared_folders() {
  local folder
  # These come from up.sh.
  # shellcheck disable=SC2154
  {
    dirname "$here"
    dirname "$(realpath "$program")"
    dirname "$(realpath "$scenario")"
    pwd -P
    printf '%s\n' "${shared[@]}"
    jq -r '.folders[]' <<<"$1"
  } | sort --unique | while read -r folder; do
    [[ $folder == / || ! -d $folder ]] || echo "$folder"
  done
  echo "$2"
}

# lxc_settings RUN NODE FOLDER SHARED
lxc_settings() {
  cat <<END
lxc.uts.name = $2
lxc.rootfs.path = overlay:/:$3/$2/changes
lxc.namespace.share.net = /run/netns/$(namespace_of "$1" "$2")
lxc.apparmor.profile = unconfined
lxc.autodev = 1
lxc.mount.auto = proc:rw sys:mixed
lxc.mount.entry = tmpfs dev/shm tmpfs rw,nosuid,nodev,create=dir 0 0
lxc.cgroup.relative = 0
lxc.cgroup.dir = $(group_of "$1")/$2
END
  local folder
  while read -r folder; do
    folder=${folder// /\\040}
    echo "lxc.mount.entry = $folder ${folder#/} none bind,ro,create=dir 0 0"
  done <<<"$4"
}

# start_lxc RUN NODE FOLDER SHARED
start_lxc() {
  mkdir -p "$3/$2/changes"
  lxc_settings "$@" >"$3/$2/config"
  lxc-execute --daemon --lxcpath "$3" --name "$2" --rcfile "$3/$2/config" \
    --logfile "$3/$2/log" -- sleep infinity </dev/null >/dev/null 2>&1 \
    || fail 3 "LXC does not start $2: $(grep -m 3 ERROR "$3/$2/log" 2>/dev/null)"
  lxc-info --lxcpath "$3" --name "$2" --pid --no-humanize >"$3/$2.pid"
}

# Everything of podman's in one folder: what it is told by its settings, the rest by options.
podman_settings() {
  cat <<END
[containers]
default_ulimits = []
log_driver = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
lock_type = "file"
tmp_dir = "$1/tmp"
static_dir = "$1/static"
volume_path = "$1/volumes"
[network]
network_config_dir = "$1/networks"
END
}

# start_podman RUN NODE FOLDER SHARED
start_podman() {
  local folder volumes=() files=(--rootfs /:O) store=()
  # This comes from up.sh.
  # shellcheck disable=SC2154
  if [[ -n $image ]]; then
    files=(--pull never --entrypoint '[]' "$image")
    store=(--storage-opt "additionalimagestore=$(podman info --format '{{.Store.GraphRoot}}')")
  fi
  [[ -e $3/containers.conf ]] || podman_settings "$3" >"$3/containers.conf"
  while read -r folder; do volumes+=(--volume "$folder:$folder:ro"); done <<<"$4"
  CONTAINERS_CONF=$3/containers.conf podman --root "$3/root" --runroot "$3/run" "${store[@]}" \
    --runtime-flag "root=$3/runc" run --detach --name "$2" --hostname "$2" --privileged \
    --network "ns:/run/netns/$(namespace_of "$1" "$2")" --cgroup-parent "/$(group_of "$1")/$2" \
    --pids-limit -1 --shm-size 1g --pidfile "$3/$2.pid" "${volumes[@]}" "${files[@]}" \
    sleep infinity </dev/null >/dev/null 2>"$3/$2.log" \
    || fail 3 "podman does not start $2: $(tail -n 3 "$3/$2.log")"
}

# start_boxes RUN PLAN STATE BACKEND: notes the process that holds each in STATE/holders/NODE.
start_boxes() {
  local node visible files
  files=$(files_of "$1")
  visible=$(shared_folders "$2" "$3")
  mkdir -p "$files" "$3/holders"
  mount -t tmpfs -o mode=700 gradwire "$files" || fail 3 "cannot mount a file system in memory"
  while read -r node; do
    "start_$4" "$1" "$node" "$files" "$visible"
    cp "$files/$node.pid" "$3/holders/$node"
  done < <(jq -r '.hosts[].name' <<<"$2")
}
