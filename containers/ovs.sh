# Switches that are Open vSwitch, for build.sh: an instance of its own in the namespace of every
# switch, with its database in the state folder of the run. Whatever else the machine has of Open
# vSwitch is not touched.
# shellcheck shell=bash

readonly ovs_schema=/usr/share/openvswitch/vswitch.ovsschema

require_ovs() {
  require ovs-vswitchd openvswitch-switch
  require ovsdb-server openvswitch-switch
  require ovs-vsctl openvswitch-common
  require ethtool ethtool
  [[ -e $ovs_schema ]] || fail 3 "'$ovs_schema' is missing; install the package openvswitch-switch"
}

# system, the datapath in the kernel, where that has one; else netdev, the one in user space.
ovs_datapath() {
  modprobe --quiet openvswitch 2>/dev/null || true
  if [[ -d /sys/module/openvswitch ]]; then echo system; else echo netdev; fi
}

# The words of one transaction of ovs-vsctl, one a line: a bridge with all ports of switch $2. Each
# port lets out what the scenario says, by an htb of Open vSwitch. Its rates and bursts are in bits.
# Without a rate of its own (min-rate) a queue borrows from its port, by bursts of one packet.
ovs_words() {
  jq -r --arg switch "$2" --arg datapath "$3" '
    (.switches[] | select(.name == $switch) | .interfaces[].name) as $port
    | (.links[] | select(.from == $switch and .interface == $port)) as $link
    | "other-config:max-rate=\($link.rate_bits_per_second)" as $rate
    | (if $link.by == "ovs" then "other-config:min-rate=\($link.rate_bits_per_second)"
       else $rate end) as $own_rate
    | "--", "add-port", "br0", $port, "--", "set", "port", $port, "qos=@qos-\($port)",
      "--", "--id=@qos-\($port)", "create", "qos", "type=linux-htb", $rate,
        "queues:0=@queue-\($port)",
      "--", "--id=@queue-\($port)", "create", "queue", $rate, $own_rate,
        "other-config:burst=\($link.burst_bytes * 8)"' <<<"$1"
}

# The datapath in user space takes packets from the ports as they are: with checksums, and in one
# piece.
switch_offloads_off() {
  local node interface
  while IFS=$'\t' read -r node interface; do
    nsenter --net="/run/netns/$(namespace_of "$1" "$node")" \
      ethtool --offload "$interface" tx off gso off tso off gro off >/dev/null \
      || fail 3 "cannot switch the offloads of $interface of $node off"
  done < <(jq -r '(.hosts + .switches)[] | .name as $n | .interfaces[] | "\($n)\t\(.name)"' <<<"$2")
}

# start_ovs RUN PLAN STATE
start_ovs() {
  local datapath switch folder words
  datapath=$(ovs_datapath)
  [[ $datapath == system ]] || switch_offloads_off "$1" "$2"
  while read -r switch; do
    folder=$3/ovs/$switch
    mkdir -p "$folder"
    mapfile -t words < <(ovs_words "$2" "$switch" "$datapath")
    ip netns exec "$(namespace_of "$1" "$switch")" \
      "$(dirname "${BASH_SOURCE[0]}")/ovs_switch.sh" "$folder" "$datapath" "${words[@]}" >&2 \
      || fail 3 "Open vSwitch does not start: $(tail -n 3 "$folder"/*.log 2>/dev/null)"
  done < <(jq -r '.switches[].name' <<<"$2")
}
