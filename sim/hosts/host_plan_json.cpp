#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "netmodel/check.hpp"
#include "netmodel/tcp/wire.hpp"
#include "sim/hosts/host_plan.hpp"

namespace gradwire {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFullFrame = kTcpPackets.full_packet();

// What netem holds: the packets that are under way for the latency, twice over, and a queue.
std::int64_t netem_packets(const Link& link) {
  const double in_flight =
      static_cast<double>(link.rate.count) / 8.0 * to_seconds(link.latency + link.jitter);
  return 1'000 + static_cast<std::int64_t>(2.0 * in_flight / static_cast<double>(kFullFrame));
}

Json interfaces_json(const HostPlan::Node& node) {
  Json interfaces = Json::array();
  for (const Interface& interface : node.interfaces) {
    interfaces.push_back({{"name", interface.name}, {"mac", interface.mac}});
  }
  return interfaces;
}

const std::string& interface_name(const HostPlan& plan, Vertex vertex, int interface) {
  return plan.node(vertex).interfaces[static_cast<std::size_t>(interface)].name;
}

// As tc-netem(8) calls it; none: it has no word for its default.
const char* distribution_name(JitterShape shape) {
  switch (shape) {
    case JitterShape::uniform:
      return "";
    case JitterShape::normal:
      return "normal";
    case JitterShape::pareto:
      return "pareto";
  }
  CHECK(false, "jitter shape {}", static_cast<int>(shape));
}

Json direction_json(const HostPlan& plan, const HostPlan::Direction& direction) {
  return {{"name", direction.name},
          {"from", plan.node(direction.from).name},
          {"interface", interface_name(plan, direction.from, direction.interface)},
          {"to", plan.node(direction.to).name},
          {"rate_bits_per_second", direction.link.rate.count},
          {"latency_ns", direction.link.latency.count()},
          {"jitter_ns", direction.link.jitter.count()},
          {"jitter_distribution", distribution_name(direction.link.jitter_shape)},
          {"loss", direction.link.loss},
          {"burst_bytes", direction.burst.count},
          {"queue_bytes", direction.queue.count},
          {"netem_packets", netem_packets(direction.link)}};
}

Json route_json(const HostPlan& plan, const HostPlan::HostRoute& route) {
  Json sources = Json::array();
  for (const Rank source : route.sources) {
    sources.push_back(plan.hosts[static_cast<std::size_t>(source)].address);
  }
  return {{"node", plan.node(route.at).name},
          {"sources", sources},
          {"destination", plan.hosts[static_cast<std::size_t>(route.destination)].address},
          {"interface", interface_name(plan, route.at, route.interface)},
          {"next_mac", route.next_mac}};
}

Json way_json(const HostPlan& plan, const HostPlan::Way& way) {
  Json links = Json::array();
  for (const std::size_t direction : way.directions) {
    links.push_back(plan.directions[direction].name);
  }
  return {{"from", plan.node(way.from).name}, {"to", plan.node(way.to).name}, {"links", links}};
}

const char* congestion_name(CongestionControl congestion) {
  switch (congestion) {
    case CongestionControl::cubic:
      return "cubic";
    case CongestionControl::reno:
      return "reno";
    case CongestionControl::bbr:
      return "bbr";
  }
  CHECK(false, "congestion control {}", static_cast<int>(congestion));
}

// What the kernel of every host is told.
Json tcp_json(const TcpSettings& tcp) {
  return {{"congestion", congestion_name(tcp.congestion)},
          {"send_buffer", tcp.send_buffer.count},
          {"receive_buffer", tcp.receive_buffer.count},
          {"initial_window", tcp.initial_window},
          {"timeout_min_ms", std::chrono::ceil<std::chrono::milliseconds>(tcp.timeout_min).count()},
          {"idle_restart", tcp.idle_restart},
          {"tail_loss_probe", tcp.tail_loss_probe},
          {"rack", tcp.rack}};
}

// A scheduler's period: short, so that a host with half a core is slow rather than at times away;
// the kernel takes no less than a millisecond of it.
Json cores_json(double cores) {
  constexpr double kPeriodMicros = 10'000;
  constexpr double kLeastMicros = 1'000;
  constexpr double kLongestMicros = 1'000'000;
  const double period = std::clamp(kLeastMicros / cores, kPeriodMicros, kLongestMicros);
  return {{"period_us", std::llround(period)}, {"quota_us", std::llround(cores * period)}};
}

Json limits_json(const HostLimits& limits) {
  Json json = Json::object();
  if (limits.cores) json["cores"] = cores_json(*limits.cores);
  if (!limits.cpus.empty()) json["cpus"] = limits.cpus;
  if (limits.shares) json["shares"] = std::llround(*limits.shares);
  if (limits.memory) json["memory_bytes"] = limits.memory->count;
  return json;
}

template <typename Items, typename ToJson>
Json json_list(const Items& items, const ToJson& to_json) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
}

}  // namespace

std::string host_plan_json(const HostPlan& plan, const HostSettings& settings) {
  const bool bridges = plan.forwarding == HostPlan::Forwarding::bridges;
  Json json;
  json["scenario"] = settings.scenario;
  json["folders"] = settings.folders;
  json["tcp"] = tcp_json(settings.tcp);
  json["forwarding"] = bridges ? "bridges" : "routers";
  json["prefix"] = plan.prefix;
  json["port"] = plan.port;
  json["hosts"] = json_list(plan.hosts, [](const HostPlan::Host& host) {
    return Json{
        {"name", host.name}, {"address", host.address}, {"interfaces", interfaces_json(host)}};
  });
  for (std::size_t rank = 0; rank < plan.hosts.size(); ++rank) {
    const bool limited = rank < settings.limits.size();
    json["hosts"][rank]["limits"] = limits_json(limited ? settings.limits[rank] : HostLimits{});
  }
  json["switches"] = json_list(plan.switches, [](const HostPlan::Node& node) {
    return Json{{"name", node.name}, {"interfaces", interfaces_json(node)}};
  });
  json["cables"] = json_list(plan.cables, [&plan](const HostPlan::Cable& cable) {
    return Json{{"a", plan.node(cable.a).name},
                {"a_interface", interface_name(plan, cable.a, cable.a_interface)},
                {"b", plan.node(cable.b).name},
                {"b_interface", interface_name(plan, cable.b, cable.b_interface)}};
  });
  const auto direction = [&](const auto& item) { return direction_json(plan, item); };
  json["links"] = json_list(plan.directions, direction);
  json["routes"] =
      json_list(plan.routes, [&](const auto& route) { return route_json(plan, route); });
  json["ways"] = json_list(plan.ways, [&](const auto& way) { return way_json(plan, way); });
  return json.dump(1) + "\n";
}

}  // namespace gradwire
