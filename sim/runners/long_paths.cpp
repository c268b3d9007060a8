#include "sim/runners/long_paths.hpp"

#include <algorithm>

#include "netmodel/tcp/wire.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {
namespace {

constexpr Duration kLongRoundTrip = std::chrono::milliseconds(10);

// What a path can have in flight.
struct Path {
  Duration round_trip{};
  double bits = 0.0;
};

Path path_between(const Topology& topology, Rank from, Rank to) {
  const Route route = topology.route(from, to);
  BitsPerSecond slowest = topology.links()[route.front()].rate;
  for (const LinkIndex link : route) slowest = std::min(slowest, topology.links()[link].rate);
  Path path;
  path.round_trip = latency_of(topology, route) + latency_of(topology, topology.route(to, from));
  path.bits = static_cast<double>(slowest.count) * to_seconds(path.round_trip);
  return path;
}

}  // namespace

std::optional<std::string> hidden_tcp_effect(const Scenario& scenario) {
  const TransportModel& transport = scenario.network.transport;
  if (transport.carrier != Carrier::tcp) return std::nullopt;
  const TcpSettings& tcp = transport.tcp;
  const double window = 8.0 * static_cast<double>(tcp.window_max().count) * tcp.streams;
  const double first =
      8.0 * static_cast<double>(kTcpPackets.payload) * tcp.initial_window * tcp.streams;
  const auto topology = make_topology(network_of(scenario, 0));
  for (Rank from = 0; from < topology->hosts(); ++from) {
    for (Rank to = 0; to < topology->hosts(); ++to) {
      if (from == to) continue;
      const Path path = path_between(*topology, from, to);
      if (tcp.window_limit && path.bits > window) return "the window";
      if (tcp.slow_start && path.round_trip > kLongRoundTrip && path.bits > first) {
        return "slow start";
      }
    }
  }
  return std::nullopt;
}

}  // namespace gradwire
