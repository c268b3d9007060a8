#include "sim/hosts/host_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "netmodel/check.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

// Each host is a network namespace with a worker in it.
constexpr int kHostsMax = 256;

// As in the VNX experiment: hosts from 10.1.0.2 on, workers on port 50501.
constexpr std::uint32_t kFirstAddress = (10U << 24) | (1U << 16) | 2U;
constexpr int kPort = 50501;

constexpr std::int64_t kFullFrame = kTcpPackets.full_packet();

// What waits before a bucket: 50 ms at the rate of the link, but at least fifty full frames. A
// bucket gets up to 64 KiB at once, which the kernel leaves to it to cut into frames, and drops all
// of it if it does not fit.
constexpr std::int64_t kQueuePerSecond = 20;
constexpr std::int64_t kQueueFramesMin = 50;

std::string address_of(Rank rank) {
  const std::uint32_t address = kFirstAddress + static_cast<std::uint32_t>(rank);
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

// Locally administered, unicast.
std::string mac_of(Vertex vertex, int interface) {
  return fmt::format("02:67:{:02x}:{:02x}:{:02x}:{:02x}", vertex >> 8, vertex & 255, interface >> 8,
                     interface & 255);
}

// Whether learning bridges forward as the model does: one way between any two hosts.
bool is_tree_of_switches(const NetworkGraph& graph) {
  int between_switches = 0;
  for (Vertex vertex = 0; vertex < graph.vertices(); ++vertex) {
    if (vertex < graph.hosts() && graph.leaving(vertex).size() > 1) return false;
    for (const LinkIndex link : graph.leaving(vertex)) {
      const Vertex end = graph.end_of(link);
      if (vertex < graph.hosts() && end < graph.hosts()) return false;
      if (vertex >= graph.hosts() && end >= graph.hosts()) ++between_switches;
    }
  }
  return between_switches == 2 * (graph.switches() - 1);
}

class PlanBuilder {
 public:
  explicit PlanBuilder(const NetworkSpec& spec)
      : graph_(graph_of(spec)), topology_(make_topology(spec)) {}

  HostPlan build() {
    plan_.port = kPort;
    plan_.forwarding =
        is_tree_of_switches(graph_) ? HostPlan::Forwarding::bridges : HostPlan::Forwarding::routers;
    add_nodes();
    add_cables();
    add_ways();
    if (plan_.forwarding == HostPlan::Forwarding::routers) add_routes();
    return std::move(plan_);
  }

 private:
  void add_nodes() {
    for (Rank rank = 0; rank < graph_.hosts(); ++rank) {
      HostPlan::Host host;
      host.name = graph_.name(rank);
      host.interfaces = interfaces_of(rank, "eth");
      host.address = address_of(rank);
      plan_.hosts.push_back(std::move(host));
    }
    for (Vertex vertex = graph_.hosts(); vertex < graph_.vertices(); ++vertex) {
      plan_.switches.push_back({graph_.name(vertex), interfaces_of(vertex, "p")});
    }
  }

  std::vector<Interface> interfaces_of(Vertex vertex, const char* prefix) const {
    std::vector<Interface> interfaces;
    for (int i = 0; i < std::ssize(graph_.leaving(vertex)); ++i) {
      interfaces.push_back({fmt::format("{}{}", prefix, i), mac_of(vertex, i)});
    }
    return interfaces;
  }

  // The place of a link among those that leave its vertex.
  int interface_of(Vertex from, LinkIndex link) const {
    const auto leaving = graph_.leaving(from);
    return static_cast<int>(std::ranges::find(leaving, link) - leaving.begin());
  }

  // The directions have the indices of the graph's links.
  void add_cables() {
    plan_.directions.resize(graph_.links().size());
    for (Vertex from = 0; from < graph_.vertices(); ++from) {
      for (const LinkIndex link : graph_.leaving(from)) {
        const Vertex to = graph_.end_of(link);
        const Link& properties = graph_.links()[link];
        const Bytes queue{
            std::max(properties.rate.count / 8 / kQueuePerSecond, kQueueFramesMin * kFullFrame)};
        by_name_[graph_.link_name(link)] = link;
        plan_.directions[link] = {
            graph_.link_name(link),     properties, from, interface_of(from, link), to,
            burst_for(properties.rate), queue};
        if (link % 2 == 0) {
          plan_.cables.push_back(
              {from, interface_of(from, link), to, interface_of(to, NetworkGraph::back(link))});
        }
      }
    }
    std::ranges::sort(plan_.cables, {}, [this](const HostPlan::Cable& cable) {
      return graph_.leaving(cable.a)[static_cast<std::size_t>(cable.a_interface)];
    });
  }

  // The graph's links of a route; the topology of a star numbers its own otherwise.
  std::vector<std::size_t> links_between(Rank from, Rank to) const {
    std::vector<std::size_t> links;
    for (const LinkIndex link : topology_->route(from, to)) {
      links.push_back(by_name_.at(topology_->link_name(link)));
    }
    return links;
  }

  // Ways by ascending ranks, neighbours first, as long as they cross a link that none crosses yet.
  void add_ways() {
    std::vector<bool> crossed(plan_.directions.size(), false);
    for (int distance = 1; distance < graph_.hosts(); ++distance) {
      for (Rank from = 0; from < graph_.hosts(); ++from) {
        const Rank to = (from + distance) % graph_.hosts();
        const std::vector<std::size_t> links = links_between(from, to);
        if (std::ranges::all_of(links, [&](std::size_t link) { return crossed[link]; })) continue;
        for (const std::size_t link : links) crossed[link] = true;
        plan_.ways.push_back({from, to, links, {}, {}, 0.0});
        describe(plan_.ways.back());
      }
    }
  }

  void describe(HostPlan::Way& way) const {
    double kept = 1.0;
    for (const Route& route :
         {topology_->route(way.from, way.to), topology_->route(way.to, way.from)}) {
      way.latency += latency_of(*topology_, route);
      way.jitter += jitter_of(*topology_, route);
      kept *= 1.0 - loss_of(*topology_, route);
    }
    way.loss = 1.0 - kept;
  }

  void add_routes() {
    for (Rank to = 0; to < graph_.hosts(); ++to) {
      // By vertex and interface: who goes on there.
      std::map<Vertex, std::map<int, std::vector<Rank>>> sources;
      for (Rank from = 0; from < graph_.hosts(); ++from) {
        if (from == to) continue;
        for (const std::size_t link : links_between(from, to)) {
          const HostPlan::Direction& direction = plan_.directions[link];
          sources[direction.from][direction.interface].push_back(from);
        }
      }
      for (const auto& [vertex, by_interface] : sources) add_routes(vertex, to, by_interface);
    }
  }

  // The way of a host's own packets is for everybody, else the way that most take; the others go by
  // source.
  void add_routes(Vertex vertex, Rank to, const std::map<int, std::vector<Rank>>& by_interface) {
    const auto weight = [vertex](const auto& taken) {
      const bool own = std::ranges::count(taken.second, vertex) > 0;
      return own ? std::numeric_limits<std::size_t>::max() : taken.second.size();
    };
    const auto most = std::ranges::max_element(by_interface, {}, weight);
    for (auto taken = by_interface.begin(); taken != by_interface.end(); ++taken) {
      const auto& [interface, sources] = *taken;
      const LinkIndex link = graph_.leaving(vertex)[static_cast<std::size_t>(interface)];
      const Vertex next = graph_.end_of(link);
      plan_.routes.push_back({vertex, taken == most ? std::vector<Rank>{} : sources, to, interface,
                              mac_of(next, interface_of(next, NetworkGraph::back(link)))});
    }
  }

  NetworkGraph graph_;
  std::shared_ptr<const Topology> topology_;
  std::map<std::string, std::size_t> by_name_;  // directions
  HostPlan plan_;
};

}  // namespace

const HostPlan::Node& HostPlan::node(Vertex vertex) const {
  const auto index = static_cast<std::size_t>(vertex);
  if (index < hosts.size()) return hosts[index];
  return switches.at(index - hosts.size());
}

HostPlan make_host_plan(const NetworkSpec& spec) {
  const std::size_t hosts = spec.cables.size();
  if (hosts > kHostsMax) {
    throw TooManyHosts(
        fmt::format("{} hosts on one machine; allowed: at most {}", hosts, kHostsMax));
  }
  return PlanBuilder(spec).build();
}

Bytes burst_for(BitsPerSecond rate) {
  constexpr std::int64_t kMbit = 1'000'000;
  if (rate.count < 5 * kMbit) return {1'600};
  if (rate.count <= 100 * kMbit) return {3'100};
  return {std::max<std::int64_t>(3'100, rate.count / 8 / 1'000)};  // a millisecond
}

}  // namespace gradwire
