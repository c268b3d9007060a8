# What the scenario says of TCP, told to the kernel of every host, for build.sh.
# shellcheck shell=bash

# The kernel's own defaults: where they are asked for, nothing is told.
readonly kernel_initial_window=10
readonly kernel_timeout_min_ms=200

# What every route says, as words of `ip route`.
tcp_words() {
  jq -r --argjson window "$kernel_initial_window" --argjson timeout "$kernel_timeout_min_ms" '
    .tcp | "congctl \(.congestion)" +
      (if .initial_window != $window then " initcwnd \(.initial_window)" else "" end) +
      (if .timeout_min_ms != $timeout then " rto_min \(.timeout_min_ms)ms" else "" end)' <<<"$1"
}

# Parameters of each network stack: buffers grow up to those of the scenario.
tcp_parameters() {
  jq -r '
    .tcp
    | "net.ipv4.tcp_wmem=4096 \([16384, .send_buffer] | min) \(.send_buffer)",
      "net.ipv4.tcp_rmem=4096 \([131072, .receive_buffer] | min) \(.receive_buffer)",
      "net.ipv4.tcp_slow_start_after_idle=\(if .idle_restart then 1 else 0 end)",
      "net.ipv4.tcp_early_retrans=\(if .tail_loss_probe then 3 else 0 end)",
      "net.ipv4.tcp_recovery=\(if .rack then 1 else 0 end)"' <<<"$1"
}

require_congestion_control() {
  local wanted known
  wanted=$(jq -r .tcp.congestion <<<"$1")
  modprobe --quiet "tcp_$wanted" 2>/dev/null || true
  known=$(sysctl -n net.ipv4.tcp_available_congestion_control)
  [[ " $known " == *" $wanted "* ]] || fail 3 "this kernel has no congestion control $wanted; \
allowed: the module tcp_$wanted, or --set network.tcp.congestion=NAME with one of $known"
}

# set_tcp_parameters RUN PLAN
set_tcp_parameters() {
  local node parameters
  mapfile -t parameters < <(tcp_parameters "$2")
  while read -r node; do
    nsenter --net="/run/netns/$(namespace_of "$1" "$node")" sysctl -qw "${parameters[@]}" \
      || fail 3 "the kernel does not take these settings of TCP: ${parameters[*]}"
  done < <(jq -r '.hosts[].name' <<<"$2")
}

# What TCP uses on the first host: lines of a name, a tab and a value.
tcp_settings() {
  local first name
  first=/run/netns/$(namespace_of "$1" "$(jq -r '.hosts[0].name' <<<"$2")")
  jq -r '.tcp | "tcp.congestion\t\(.congestion)", "tcp.initial_window\t\(.initial_window)",
    "tcp.timeout_min\t\(.timeout_min_ms)ms"' <<<"$2"
  for name in wmem rmem slow_start_after_idle early_retrans recovery; do
    printf 'tcp.%s\t%s\n' "$name" \
      "$(nsenter --net="$first" sysctl -n "net.ipv4.tcp_$name" | tr '\t' ' ')"
  done
}
