# How up.sh builds a network from the plan that `sim links` makes; sourced by it.
# shellcheck shell=bash

# Latencies up to this round trip are the machine's own, within the tolerance of the verification.
readonly own_round_trip_ns=300000

# For `ip -batch`: namespaces, $3 being hosts or switches, then a veth pair for each cable.
namespace_commands() {
  jq -r --arg p "gw:$1:" ".$3[] | \"netns add \\(\$p)\\(.name)\"" <<<"$2"
}

cable_commands() {
  jq -r --arg p "gw:$1:" '
    ([(.hosts + .switches)[] | .name as $n | .interfaces[]
      | {"\($n)/\(.name)": .mac}] | add) as $mac
    | .cables[]
    | "link add \(.a_interface) address \($mac["\(.a)/\(.a_interface)"]) netns \($p)\(.a)" +
      " type veth peer name \(.b_interface) address \($mac["\(.b)/\(.b_interface)"])" +
      " netns \($p)\(.b)"' <<<"$2"
}

# NODE, a tab, and a command for `ip -n` of that node; everybody knows everybody's address already,
# so that no measurement waits for an ARP exchange.
bridge_mode_commands() {
  jq -r '
    .hosts as $hosts | .prefix as $prefix | .tcp_words as $tcp
    | ($hosts[] | select(.interfaces | length > 0) | . as $h
       | ("addr add \(.address)/\($prefix) dev eth0 noprefixroute",
          "link set eth0 up",
          "route add \(.address | split(".")[0:2] | join(".")).0.0/\($prefix) dev eth0" +
            " src \(.address) \($tcp)",
          ($hosts[] | select(.name != $h.name and (.interfaces | length > 0))
           | "neigh add \(.address) lladdr \(.interfaces[0].mac) dev eth0 nud permanent"))
       | "\($h.name)\t\(.)")' <<<"$1"
}

linux_bridge_commands() {
  jq -r '
    .switches[] | . as $s
    | ("link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
       "link set br0 up",
       (.interfaces[] | "link set \(.name) master br0 up"))
    | "\($s.name)\t\(.)"' <<<"$1"
}

ports_up() {
  jq -r '.switches[] | .name as $n | .interfaces[] | "\($n)\tlink set \(.name) up"' <<<"$1"
}

# The next hop of every cable is a made-up address with the fixed MAC of the other end.
router_mode_commands() {
  jq -r '
    .tcp_words as $tcp | ([.hosts[] | {(.name): .address}] | add) as $address
    | (.hosts[] | select(.interfaces | length > 0)
       | "\(.name)\taddr add \(.address)/32 dev eth0"),
      ((.hosts + .switches)[] | .name as $n | .interfaces[] | "\($n)\tlink set \(.name) up"),
      ([.routes[] | {node, interface, next_mac}] | unique[]
       | ("neigh add 169.254.0.1 lladdr \(.next_mac) dev \(.interface) nud permanent",
          "route add default via 169.254.0.1 dev \(.interface) onlink table " +
            "\(100 + (.interface | sub("^[a-z]+"; "") | tonumber))") as $c
       | "\(.node)\t\($c)"),
      (.routes[] | . as $r
       | (if .sources == [] then
            "route add \(.destination)/32 via 169.254.0.1 dev \(.interface) onlink \($tcp)" +
              (if $address[.node] then " src \($address[.node])" else "" end)
          else
            (.sources[] | "rule add from \(.) to \($r.destination) lookup " +
              "\(100 + ($r.interface | sub("^[a-z]+"; "") | tonumber))")
          end)
       | "\($r.node)\t\(.)")' <<<"$1"
}

# The plan with what shapes each link: a bucket at its beginning; nothing (none), as the uplinks of
# the VNX experiment; Open vSwitch (ovs), which has a queue of its own (ovs-own) or is given one.
with_shapers() {
  jq --arg switch "$2" --argjson open "$3" '
    ([.switches[] | {(.name): true}] | add // {}) as $switches
    | .links |= map(.by =
        if $switch == "bridge" then "tbf"
        elif $switches[.from] then (if $open then "ovs-own" else "ovs" end)
        elif $open then "none" else "tbf" end)' <<<"$1"
}

# NODE, a tab, and a command for `tc -n` of that node. With $2 = true also latency, jitter and loss.
shaping_commands() {
  jq -r --argjson netem "$2" '
    .links[]
    | (if .latency_ns + .jitter_ns > 0 then
         # A packet is late by the latency and by up to the jitter: netem varies both ways.
         # It knows no nanoseconds.
         " delay \((.latency_ns + .jitter_ns / 2) / 1000)us" +
         (if .jitter_ns > 0 then " \(.jitter_ns / 2000)us" else "" end) +
         (if .jitter_ns > 0 and .jitter_distribution != ""
          then " distribution \(.jitter_distribution)" else "" end)
       else "" end +
       if .loss > 0 then " loss \(.loss * 100)%" else "" end) as $effects
    | "rate \(.rate_bits_per_second)bit burst \(.burst_bytes)b limit \(.queue_bytes)b" as $bucket
    | (if $netem and $effects != "" then "netem limit \(.netem_packets)\($effects)"
       else "" end) as $late
    | "\(.from)\tqdisc add dev \(.interface)" as $add
    | if (.by | startswith("ovs")) and $late != "" then "\($add) parent 1:1 handle 2: \($late)"
      elif .by == "ovs" then "\($add) parent 1:1 handle 2: bfifo limit \(.queue_bytes)b"
      elif .by == "ovs-own" then empty
      elif .by == "none" then (if $late != "" then "\($add) root \($late)" else empty end)
      elif $late != "" then
        "\($add) root handle 1: \($late)", "\($add) parent 1:1 handle 2: tbf \($bucket)"
      else "\($add) root tbf \($bucket)" end' <<<"$1"
}

# run_in_nodes RUN TOOL: runs lines of "NODE, tab, command" by `TOOL -n NAMESPACE -batch`.
run_in_nodes() {
  local node commands
  local -A of_node=()
  while IFS=$'\t' read -r node commands; do of_node[$node]+=$commands$'\n'; done
  for node in "${!of_node[@]}"; do
    "$2" -n "$(namespace_of "$1" "$node")" -batch - <<<"${of_node[$node]}" >&2 \
      || fail 3 "'$2' refuses what the network of $node needs"
  done
}

# The numbers of the namespaces, by which down.sh finds processes whose namespace has no name.
note_numbers() {
  namespaces "$1" | sed 's|^|/run/netns/|' | xargs stat -L -c %i >"$2/numbers"
}

# Settings of each network stack, all of them per namespace: no IPv6, no firewall between bridged
# hosts, ways that may differ there and back.
set_kernel_parameters() {
  local node
  while read -r node; do
    nsenter --net="/run/netns/$(namespace_of "$1" "$node")" bash -c '
      sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
      sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-arptables=0
      sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
      sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0
      sysctl -qw net.ipv4.ip_forward='"$3" 2>/dev/null || true
  done < <(jq -r '(.hosts + .switches)[].name' <<<"$2")
}

# Whether the kernel can delay packets, tried in a namespace of this run.
has_netem() {
  tc -n "$1" qdisc add dev lo root netem delay 1ms 2>/dev/null || return 1
  tc -n "$1" qdisc del dev lo root
}

# What shapes the links: prints tc, netem (which is tc, with netem) or builtin; fails if what was
# asked for cannot be had.
choose_shaper() {
  local plan=$1 wanted=$2 probe=$3 switch=$4 needs
  needs=$(jq -r --argjson own "$own_round_trip_ns" '
    (.links | map({(.name): .latency_ns}) | add // {}) as $latency
    | if any(.links[]; .loss > 0) then "loss"
      elif any(.links[]; .jitter_ns > 0) then "jitter"
      elif any(.ways[]; ([.links[] | $latency[.]] | add * 2) > $own) then "latency"
      else "rate" end' <<<"$plan")
  if [[ $wanted == builtin ]]; then
    echo builtin
  elif [[ $needs == rate ]]; then
    echo tc
  elif has_netem "$probe"; then
    echo netem
  elif [[ $wanted == auto && $switch == bridge ]]; then
    echo builtin
  elif [[ $wanted == auto ]]; then
    fail 3 "this kernel has no netem, which $needs needs with --switch ovs; allowed: --switch \
bridge, a kernel with sch_netem, or --set network.latency=100us or less without jitter and loss"
  else
    fail 3 "this kernel has no netem, which $needs needs; allowed: --shaper builtin, a kernel with \
sch_netem, or --set network.latency=100us or less without jitter and loss"
  fi
}

# The plan as the built-in switch sees it: every host has one device, made by the switch, which
# stands for all links and switches. Only a host with a single cable is held back by its own bucket.
as_one_switch() {
  jq '
    def hex: [(. / 16 | floor), . % 16] | map("0123456789abcdef"[.:. + 1]) | add;
    ([.cables[] | .a, .b] | group_by(.) | map({(.[0]): length}) | add // {}) as $cables
    | ([.hosts[] | select($cables[.name] == 1) | {(.name): true}] | add // {}) as $single
    | .hosts |= (to_entries | map(.key as $rank | .value
        | .interfaces = [{name: "eth0", mac: ("02:67:77:" +
            ([($rank / 65536 | floor), ($rank / 256 | floor) % 256, $rank % 256]
             | map(hex) | join(":")))}]))
    | .switches = [] | .cables = [] | .routes = [] | .forwarding = "bridges"
    | .links |= map(select($single[.from]))' <<<"$1"
}

# start_switch RUN PLAN STATE: runs `sim switch` in a namespace of its own, so that it ends with
# the run. up.sh has `program`, `scenario` and `links_arguments`.
start_switch() {
  local own hosts attempt
  own=$(namespace_of "$1" .switch)
  mapfile -t hosts < <(jq -r --arg p "gw:$1:" '.hosts[] | "\($p)\(.name)"' <<<"$2")
  ip netns add "$own" || fail 3 "cannot make network namespaces"
  # These come from up.sh.
  # shellcheck disable=SC2154
  setsid ip netns exec "$own" "$program" switch "$scenario" "${links_arguments[@]}" \
    --netns "${hosts[@]}" </dev/null >"$3/switch.out" 2>"$3/switch.log" &
  echo $! >"$3/switch.pid"
  disown
  for attempt in {1..500}; do
    grep -q '^ready' "$3/switch.out" && return 0
    kill -0 "$(cat "$3/switch.pid")" 2>/dev/null || break
    sleep 0.02
  done
  fail 3 "the built-in switch does not start: $(cat "$3/switch.log")"
}

# The kernel brings interfaces and bridge ports up a moment after it was told to.
wait_for_links() {
  local node attempt
  while read -r node; do
    for attempt in {1..100}; do
      ip -n "$(namespace_of "$1" "$node")" -json -details link | jq -e 'all(.[];
        (.ifname | test("^(eth|p)[0-9]") | not) or
        (.operstate == "UP" or .operstate == "UNKNOWN") and
        (.linkinfo.info_slave_data.state // "forwarding") == "forwarding")' >/dev/null && break
      [[ $attempt -lt 100 ]] || fail 3 "the interfaces of $node do not come up"
      sleep 0.02
    done
  done < <(jq -r '(.hosts + .switches)[].name' <<<"$2")
}

# note_settings RUN PLAN STATE: what the results say of this network.
note_settings() {
  # shellcheck disable=SC2154
  {
    [[ -z $image ]] || printf 'image\t%s\n' "$image"
    printf '%s\t%s\n' backend "$backend" switch "$switch" \
      uplinks "$([[ $open_uplinks == true ]] && echo open || echo shaped)" \
      shaper "$(cat "$3/shaper")"
    tcp_settings "$1" "$2"
    jq -r '.hosts[] | .name as $host | .limits | to_entries[] | select(.value != null)
      | "\($host).\(.key)\t\(.value | tojson)"' <<<"$2"
  } >"$3/settings"
}

# build_network RUN PLAN SHAPER STATE
build_network() {
  local run=$1 plan=$2 forwarding shaper first
  forwarding=$(jq -r .forwarding <<<"$plan")
  # These come from up.sh.
  # shellcheck disable=SC2154
  if [[ $switch == ovs && $forwarding != bridges ]]; then
    fail 2 "--switch ovs: this network has more than one way between two hosts, and routers where \
they meet; allowed: --switch bridge, or a star, tree, dumbbell or two-tier"
  fi
  require_congestion_control "$plan"
  plan=$(jq --arg words "$(tcp_words "$plan")" '.tcp_words = $words' <<<"$plan")
  namespace_commands "$run" "$plan" hosts | ip -batch - || fail 3 "cannot make network namespaces"
  first=$(namespace_of "$run" "$(jq -r '.hosts[0].name' <<<"$plan")")
  shaper=$(choose_shaper "$plan" "$3" "$first" "$switch") || exit $?
  echo "$shaper" >"$4/shaper"
  if [[ $shaper == builtin ]]; then
    plan=$(as_one_switch "$plan")
    start_switch "$run" "$plan" "$4"
  fi
  # shellcheck disable=SC2154
  plan=$(with_shapers "$plan" "$switch" "$open_uplinks")
  namespace_commands "$run" "$plan" switches | ip -batch - || fail 3 "cannot make namespaces"
  note_numbers "$run" "$4"
  forwarding=$(jq -r .forwarding <<<"$plan")
  set_kernel_parameters "$run" "$plan" "$([[ $forwarding == routers ]] && echo 1 || echo 0)"
  set_tcp_parameters "$run" "$plan"
  cable_commands "$run" "$plan" | ip -batch - || fail 3 "cannot make veth pairs"
  {
    jq -r '(.hosts + .switches)[] | "\(.name)\tlink set lo up"' <<<"$plan"
    if [[ $forwarding == bridges ]]; then
      bridge_mode_commands "$plan"
      if [[ $switch == ovs ]]; then ports_up "$plan"; else linux_bridge_commands "$plan"; fi
    else
      router_mode_commands "$plan"
    fi
  } | run_in_nodes "$run" ip
  [[ $switch == bridge ]] || start_ovs "$run" "$plan" "$4"
  shaping_commands "$plan" "$([[ $shaper == netem ]] && echo true || echo false)" \
    | run_in_nodes "$run" tc
  wait_for_links "$run" "$plan"
  limit_hosts "$run" "$plan" "$4"
  # shellcheck disable=SC2154
  [[ $backend == netns ]] || start_boxes "$run" "$plan" "$4" "$backend"
  note_settings "$run" "$plan" "$4"
}
