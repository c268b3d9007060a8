#include "sim/scenario/build_network.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "sim/scenario/build_transport.hpp"
#include "sim/scenario/text.hpp"

namespace gradwire {
namespace {

constexpr std::int64_t kNodesMax = 100'000;
// A full mesh of more has millions of links.
constexpr int kFullMeshNodesMax = 512;
// What the shares of a link can be computed for, with room to spare (fair_share.hpp).
constexpr double kRateMax = 8e12;

class NetworkBuilder {
 public:
  explicit NetworkBuilder(const PointSettings& settings)
      : settings_(settings), topology_(settings.get<std::string>("network.topology")) {}

  Scenario::Network build() {
    network_.routing = settings_.choice<Routing>(
        "network.routing", {{"hops", Routing::hops}, {"latency", Routing::latency}});
    network_.jitter = settings_.get<Duration>("network.jitter");
    network_.jitter_shape = settings_.choice<JitterShape>("network.jitter_distribution",
                                                          {{"uniform", JitterShape::uniform},
                                                           {"normal", JitterShape::normal},
                                                           {"pareto", JitterShape::pareto}});
    network_.loss = settings_.get<double>("network.loss");
    network_.queue = settings_.optional<Bytes>("network.queue");
    network_.burst = settings_.get<Bytes>("network.burst");
    network_.transport = build_transport(settings_);
    network_.host.latency = settings_.get<Duration>("network.latency");
    const auto* bandwidth = settings_.find<BitsPerSecond>("network.bandwidth");
    if (bandwidth != nullptr) network_.host.bandwidth = *bandwidth;
    network_.shape = shape();
    read_hosts(bandwidth != nullptr);
    read_nodes();
    read_weights();
    check_size();
    return std::move(network_);
  }

 private:
  void read_weights() {
    constexpr std::string_view kKey = "network.weights";
    const auto* weights = settings_.find<std::vector<int>>(kKey);
    if (weights == nullptr) return;
    network_.transport.weights = *weights;
    if (std::ssize(*weights) != network_.nodes) {
      settings_.problem(
          kKey, fmt::format("{} listed for {}; allowed: one for each node",
                            counted(weights->size(), "weight"), counted(network_.nodes, "node")));
    }
  }

  // --- shapes

  Shape shape() const {
    if (topology_ == "star") return StarShape{};
    if (topology_ == "ring") return RingShape{};
    if (topology_ == "chain") return ChainShape{};
    if (topology_ == "full-mesh") return FullMeshShape{};
    if (topology_ == "tree") {
      return TreeShape{settings_.integer("network.tree.fanout"),
                       settings_.integer("network.tree.depth")};
    }
    if (topology_ == "torus-2d") return torus("network.torus_2d", 2);
    if (topology_ == "torus-3d") return torus("network.torus_3d", 3);
    if (topology_ == "fat-tree") return fat_tree();
    if (topology_ == "dumbbell") {
      return DumbbellShape{settings_.get<BitsPerSecond>("network.dumbbell.bandwidth"),
                           settings_.optional<Duration>("network.dumbbell.latency")};
    }
    if (topology_ == "two-tier") {
      return TwoTierShape{settings_.integer("network.two_tier.racks"),
                          settings_.integer("network.two_tier.hosts"),
                          settings_.get<double>("network.two_tier.oversubscription")};
    }
    return topology_ == "wan" ? Shape(wan()) : Shape(graph());
  }

  TorusShape torus(std::string_view key, std::size_t dimensions) const {
    const auto& sizes = settings_.get<std::vector<int>>(key);
    if (sizes.size() != dimensions) {
      settings_.problem(key, fmt::format("has {}; allowed: {} of them",
                                         counted(sizes.size(), "dimension"), dimensions));
    }
    return {sizes};
  }

  FatTreeShape fat_tree() const {
    const int k = settings_.integer("network.fat_tree.k");
    if (k % 2 != 0) {
      settings_.problem("network.fat_tree.k",
                        fmt::format("{} is odd; allowed: an even number from 2 to 72", k));
    }
    return {k};
  }

  template <typename T>
  void require_square(std::string_view key, const std::vector<T>& rows, std::size_t regions) const {
    if (rows.size() == regions) return;
    settings_.problem(key, fmt::format("has {} for {}; allowed: one row and one column a region",
                                       counted(rows.size(), "row"), counted(regions, "region")));
  }

  WanShape wan() const {
    WanShape wan;
    wan.regions = settings_.get<std::vector<std::string>>("network.wan.regions");
    const std::size_t regions = wan.regions.size();
    if (const auto* hosts = settings_.find<std::vector<int>>("network.wan.hosts")) {
      wan.hosts = *hosts;
      if (hosts->size() != regions) {
        settings_.problem(
            "network.wan.hosts",
            fmt::format("{} listed for {}; allowed: one number a region",
                        counted(hosts->size(), "number"), counted(regions, "region")));
      }
    }
    if (const auto* rtt = settings_.find<DelayMatrix>("network.wan.rtt")) {
      wan.latency = *rtt;
      for (auto& row : wan.latency) {
        for (Duration& latency : row) latency /= 2;
      }
      require_square("network.wan.rtt", *rtt, regions);
    } else {
      wan.latency = settings_.get<DelayMatrix>("network.wan.latency");
      require_square("network.wan.latency", wan.latency, regions);
    }
    wan.bandwidth = settings_.get<RateMatrix>("network.wan.bandwidth");
    require_square("network.wan.bandwidth", wan.bandwidth, regions);
    return wan;
  }

  // --- a listed graph

  // The vertex of this name; reports an unknown one.
  std::optional<Vertex> vertex(const std::map<std::string, Vertex>& vertices,
                               const std::string& name, int line, std::string_view key,
                               std::size_t entry) const {
    const auto found = vertices.find(name);
    if (found != vertices.end()) return found->second;
    std::vector<std::string> names;
    names.reserve(vertices.size());
    for (const auto& [known, vertex] : vertices) names.push_back(known);
    const auto meant = nearest_name(name, names);
    settings_.problem_at(
        line, key,
        fmt::format("entry {}: {} is unknown;{} allowed: names in network.graph.hosts and "
                    "network.graph.switches",
                    entry, name, meant ? fmt::format(" did you mean '{}'?", *meant) : ""));
    return std::nullopt;
  }

  Cable cable_of(const LinkEntry& entry, const Cable& otherwise) const {
    return {entry.bandwidth.value_or(otherwise.rate),
            entry.latency.value_or(otherwise.latency),
            entry.jitter.value_or(otherwise.jitter),
            entry.loss.value_or(otherwise.loss),
            otherwise.queue,
            otherwise.burst,
            network_.jitter_shape};
  }

  GraphShape graph() const {
    GraphShape graph;
    graph.hosts = settings_.get<std::vector<std::string>>("network.graph.hosts");
    graph.switches = settings_.get<std::vector<std::string>>("network.graph.switches");
    std::map<std::string, Vertex> vertices;
    for (const auto* names : {&graph.hosts, &graph.switches}) {
      for (const std::string& name : *names) {
        if (vertices.emplace(name, static_cast<Vertex>(vertices.size())).second) continue;
        settings_.problem("network.graph.switches",
                          fmt::format("{} is a host too; allowed: names that differ", name));
      }
    }
    NetworkGraph joined(graph.hosts);
    for (const std::string& name : graph.switches) joined.add_switch(name);
    if (read_joints(vertices, joined, graph) && read_ways(vertices, joined, graph)) {
      const Rank lost = joined.first_unreachable_host();
      if (lost < joined.hosts()) {
        settings_.problem("network.graph.links",
                          fmt::format("there is no way from {} to {}; allowed: links that join "
                                      "all hosts",
                                      graph.hosts.front(), joined.name(lost)));
      }
    }
    return graph;
  }

  // Fills graph.joints and the same graph as vertices and links; whether all is well.
  bool read_joints(const std::map<std::string, Vertex>& vertices, NetworkGraph& joined,
                   GraphShape& graph) const {
    constexpr std::string_view kKey = "network.graph.links";
    const auto& entries = settings_.get<std::vector<CableEntry>>(kKey);
    const auto* bandwidth = settings_.find<BitsPerSecond>("network.bandwidth");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const CableEntry& entry = entries[i];
      const auto refuse = [&](const std::string& text) {
        settings_.problem_at(entry.line, kKey, fmt::format("entry {}: {}", i + 1, text));
      };
      const auto from = vertex(vertices, entry.from, entry.line, kKey, i + 1);
      const auto to = vertex(vertices, entry.to, entry.line, kKey, i + 1);
      if (!from || !to) continue;
      if (*from == *to) {
        refuse(fmt::format("joins {} to itself; allowed: two different ends", entry.from));
        continue;
      }
      if (joined.joined(*from, *to)) {
        refuse(fmt::format("{} and {} are joined already; allowed: one entry for both directions",
                           entry.from, entry.to));
        continue;
      }
      if (!entry.there.bandwidth && bandwidth == nullptr) {
        refuse("has no bandwidth, and network has none either; allowed: " +
               allowed_at("network.bandwidth"));
      }
      const Cable there = cable_of(entry.there, {network_.host.bandwidth,
                                                 network_.host.latency,
                                                 network_.jitter,
                                                 network_.loss,
                                                 network_.queue,
                                                 network_.burst,
                                                 {}});
      graph.joints.push_back({*from, *to, there, cable_of(entry.back, there)});
      joined.join(*from, *to, there, graph.joints.back().back);
    }
    return graph.joints.size() == entries.size();
  }

  bool read_ways(const std::map<std::string, Vertex>& vertices, const NetworkGraph& joined,
                 GraphShape& graph) const {
    constexpr std::string_view kKey = "network.routes";
    const auto* entries = settings_.find<std::vector<WayEntry>>(kKey);
    if (entries == nullptr) return true;
    for (std::size_t i = 0; i < entries->size(); ++i) {
      const WayEntry& entry = (*entries)[i];
      std::vector<std::string> names = entry.via;
      names.insert(names.begin(), entry.from);
      names.push_back(entry.to);
      std::vector<Vertex> way;
      for (const std::string& name : names) {
        if (const auto here = vertex(vertices, name, entry.line, kKey, i + 1)) way.push_back(*here);
      }
      if (way.size() != names.size()) continue;
      const std::string wrong = wrong_with(way, joined, graph);
      if (wrong.empty()) {
        graph.ways.push_back(std::move(way));
      } else {
        settings_.problem_at(entry.line, kKey, fmt::format("entry {}: {}", i + 1, wrong));
      }
    }
    return graph.ways.size() == entries->size();
  }

  static std::string wrong_with(const std::vector<Vertex>& way, const NetworkGraph& joined,
                                const GraphShape& graph) {
    if (way.front() >= joined.hosts() || way.back() >= joined.hosts()) {
      return "begins or ends at a switch; allowed: from a host to another";
    }
    std::vector<Vertex> sorted = way;
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
      return fmt::format("passes {} twice; allowed: a way without loops", joined.name(*twice));
    }
    for (std::size_t i = 1; i < way.size(); ++i) {
      if (joined.joined(way[i - 1], way[i])) continue;
      return fmt::format("{} and {} are not joined; allowed: ways along network.graph.links",
                         joined.name(way[i - 1]), joined.name(way[i]));
    }
    const bool known = std::ranges::any_of(graph.ways, [&way](const std::vector<Vertex>& other) {
      return other.front() == way.front() && other.back() == way.back();
    });
    return known ? "these two hosts have a way already; allowed: one in each direction" : "";
  }

  // --- hosts and nodes

  void read_hosts(bool has_bandwidth) {
    const auto* hosts = settings_.find<std::vector<HostEntry>>("network.hosts");
    if (hosts == nullptr) {
      const bool has_own = topology_ == "graph";
      if (!has_bandwidth && !has_own) missing("network.bandwidth");
      return;
    }
    if (!has_host_cables(network_.shape)) {
      settings_.problem("network.hosts",
                        fmt::format("has no meaning with the topology {}; allowed: where each host "
                                    "has one cable, to a switch",
                                    topology_));
      return;
    }
    for (const HostEntry& entry : *hosts) {
      if (!has_bandwidth && !entry.bandwidth) {
        settings_.problem(
            "network.bandwidth",
            fmt::format("missing, and entry {} of network.hosts has none either; allowed: {}",
                        network_.hosts.size() + 1, allowed_at("network.bandwidth")));
      }
      network_.hosts.push_back({entry.bandwidth.value_or(network_.host.bandwidth),
                                entry.latency.value_or(network_.host.latency)});
    }
    const bool between_switches = topology_ == "tree" || topology_ == "fat-tree";
    if (!has_bandwidth && between_switches) missing("network.bandwidth");
  }

  void missing(std::string_view key) const {
    settings_.problem(key, fmt::format("missing, but required with the topology {}; allowed: {}",
                                       topology_, allowed_at(key)));
  }

  // As many nodes as the topology and the list of hosts say.
  void read_nodes() {
    const std::optional<std::int64_t> hosts = hosts_of(network_.shape);
    if (hosts && (*hosts < 1 || *hosts > kNodesMax)) {
      settings_.problem("network.topology",
                        fmt::format("{} has {}; allowed: 1 to {}", shape_name(),
                                    *hosts < 1 ? "no host" : "too many hosts", kNodesMax));
      return;
    }
    if (settings_.given("network.nodes")) {
      network_.nodes = settings_.integer("network.nodes");
    } else if (hosts) {
      network_.nodes = static_cast<int>(*hosts);
    } else if (!network_.hosts.empty()) {
      network_.nodes = static_cast<int>(network_.hosts.size());
    } else {
      missing("network.nodes");
      return;
    }
    const std::size_t listed = network_.hosts.size();
    if (listed != 0 && listed != static_cast<std::size_t>(network_.nodes)) {
      settings_.problem("network.nodes",
                        fmt::format("{} with {} listed; allowed: as many as network.hosts lists",
                                    counted(network_.nodes, "node"), counted(listed, "host")));
    }
    if (hosts && *hosts != network_.nodes) {
      settings_.problem("network.nodes",
                        fmt::format("{}; the topology {} has {}", counted(network_.nodes, "node"),
                                    shape_name(), counted(*hosts, "host")));
    }
  }

  // "fat-tree with k 4".
  std::string shape_name() const {
    if (const auto* tree = std::get_if<TreeShape>(&network_.shape)) {
      return fmt::format("{} with fanout {} and depth {}", topology_, tree->fanout, tree->depth);
    }
    if (const auto* torus = std::get_if<TorusShape>(&network_.shape)) {
      return fmt::format("{} of [{}]", topology_, comma_separated(torus->sizes));
    }
    if (const auto* tree = std::get_if<FatTreeShape>(&network_.shape)) {
      return fmt::format("{} with k {}", topology_, tree->k);
    }
    if (const auto* tiers = std::get_if<TwoTierShape>(&network_.shape)) {
      return fmt::format("{} with {} of {}", topology_, counted(tiers->racks, "rack"),
                         counted(tiers->hosts, "host"));
    }
    return fmt::format("{} as listed", topology_);
  }

  // What would be too large to compute with.
  void check_size() const {
    if (topology_ == "full-mesh" && network_.nodes > kFullMeshNodesMax) {
      settings_.problem("network.nodes",
                        fmt::format("{} as a full-mesh; allowed: at most {}",
                                    counted(network_.nodes, "node"), kFullMeshNodesMax));
    }
    const auto* tiers = std::get_if<TwoTierShape>(&network_.shape);
    if (tiers == nullptr) return;
    BitsPerSecond fastest = network_.host.bandwidth;
    for (const Scenario::Host& host : network_.hosts) fastest = std::max(fastest, host.bandwidth);
    const double rate = static_cast<double>(fastest.count) * tiers->hosts / tiers->oversubscription;
    if (rate > kRateMax) {
      settings_.problem("network.two_tier.oversubscription",
                        "leaves the cables to the core more than 8Tbit; allowed: at most 8Tbit");
    }
  }

  const PointSettings& settings_;
  const std::string& topology_;
  Scenario::Network network_;
};

}  // namespace

Scenario::Network build_network(const PointSettings& settings) {
  return NetworkBuilder(settings).build();
}

}  // namespace gradwire
