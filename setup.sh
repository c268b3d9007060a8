#!/usr/bin/env bash
# Installs the Debian packages that Gradwire needs. Does nothing when they are all there.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: ./setup.sh [--check] [run|hosts|all]

Installs what is missing of the Debian 12 packages that Gradwire needs, as root or through sudo.
Does nothing, and needs neither root nor a network, when they are all there.

  run      to build and run the simulator and to draw its figures
  hosts    for real networks with containers or Open vSwitch
  all      both, and the tests, the benchmarks and the developers' checks (default)
  --check  only report what is missing

Exit codes: 0 everything is there, 2 bad usage, 3 packages are missing and cannot be installed.
EOF
}

# One package a line: what needs it (run, hosts, test or develop), its name, what it is for.
packages() {
  cat <<'EOF'
run      g++                    the compiler: GCC 12, C++20
run      cmake                  the build
run      ninja-build            runs the build
run      ccache                 makes the second build quick
run      libboost1.81-dev       Asio: sockets, timers, coroutines
run      libdnnl-dev            oneDNN: matrix products
run      libeigen3-dev          the other arithmetic of the layers
run      libyaml-cpp-dev        scenario files
run      libcli11-dev           the command line
run      nlohmann-json3-dev     JSON lines, exports, calibrations
run      libfmt-dev             text output
run      libsqlitecpp-dev       the result store
run      libsqlite3-dev         the result store
run      zlib1g-dev             compressed data sets
run      libturbojpeg0-dev      photographs
run      libssl-dev             checksums and the handshake between workers
run      libcurl4-openssl-dev   sim fetch
run      ca-certificates        sim fetch over HTTPS
run      git                    the commit that is recorded with the results
run      python3                figures
run      python3-numpy          figures
run      python3-pandas         figures
run      python3-matplotlib     figures
run      python3-yaml           figures: reads the stored scenario
run      iproute2               real networks: namespaces, links, traffic control
run      iperf3                 real networks: what a link really carries
run      iputils-ping           real networks: round trips
run      jq                     real networks: the scripts in containers/
run      procps                 real networks: kernel parameters
hosts    lxc                    hosts that are LXC containers
hosts    podman                 hosts that are podman containers
hosts    conmon                 hosts that are podman containers
hosts    runc                   hosts that are podman containers, also under cgroup v1
hosts    netavark               hosts that are podman containers
hosts    openvswitch-switch     switches that are Open vSwitch
hosts    ethtool                switches that are Open vSwitch
test     libgtest-dev           the tests
test     libgmock-dev           the tests
test     librapidcheck-dev      randomised tests
test     libbenchmark-dev       the benchmarks
test     libopenmpi-dev         --mode mpi: optional in a build
test     openmpi-bin            --mode mpi: starts its processes
test     libgloo-dev            bench/peers/collectives.sh
test     python3-torch          PyTorch beside the trainer, and as a command
test     user-mode-linux        netem, where the kernel of the machine has none
test     libopenblas0-pthread   PyTorch at its best
test     python3-jsonschema     checks scenarios/schema.json
test     python3-pil            writes photographs
develop  clang-format           the style checks
develop  clang                  tells clang-tidy which files can be checked together
develop  clang-tidy             the static checks
develop  shellcheck             checks of the scripts
EOF
}

fail() {
  echo "setup.sh: $2" >&2
  exit "$1"
}

# Prints the packages of the set $1 that are not installed.
missing() {
  local wanted
  mapfile -t wanted < <(packages | awk -v set="$1" 'set == "all" || $1 == set {print $2}' | sort)
  # It complains about packages that it has never heard of: those are missing too.
  dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null \
    | awk '$1 == "installed" {print $2}' | sort --unique \
    | comm -13 - <(printf '%s\n' "${wanted[@]}")
}

check_only=false
set_name=all
for argument in "$@"; do
  case $argument in
    -h | --help)
      usage
      exit 0
      ;;
    --check) check_only=true ;;
    run | hosts | all) set_name=$argument ;;
    *) fail 2 "'$argument' is not an option; allowed: --check, run, hosts, all" ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail 3 "this is not a Debian system (no apt-get); install what setup.sh lists by hand"
fi
mapfile -t wanted < <(missing "$set_name")
if [[ ${#wanted[@]} -eq 0 ]]; then
  exit 0
fi

install=(apt-get install --yes --no-install-recommends "${wanted[@]}")
if $check_only; then
  fail 3 "missing: ${wanted[*]}"
fi
as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    fail 3 "packages are missing; run as root: apt-get update && ${install[*]}"
  fi
  as_root=(sudo)
fi

echo "setup.sh: installing ${wanted[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for step in "apt-get update --quiet" "env DEBIAN_FRONTEND=noninteractive ${install[*]}"; do
  # Words on purpose: package names hold no spaces.
  # shellcheck disable=SC2086
  if ! "${as_root[@]}" $step >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail 3 "'$step' failed; is the network there, and is this Debian 12?"
  fi
done
mapfile -t wanted < <(missing "$set_name")
if [[ ${#wanted[@]} -gt 0 ]]; then
  fail 3 "still missing after the installation: ${wanted[*]}"
fi
