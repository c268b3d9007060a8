#include "netmodel/topologies/shape.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "netmodel/check.hpp"
#include "netmodel/overloaded.hpp"

namespace gradwire {
namespace {

constexpr std::int64_t kHostsMax = std::int64_t{1} << 31;

std::int64_t product(std::int64_t a, std::int64_t b) {
  return a != 0 && b > kHostsMax / a ? kHostsMax : a * b;
}

// A cable at a switch: half of what is between two hosts.
Cable half_of(const Cable& whole) {
  Cable half = whole;
  half.latency = whole.latency / 2;
  half.jitter = whole.jitter / 2;
  half.loss = 1.0 - std::sqrt(1.0 - whole.loss);
  return half;
}

// Adds the vertices and cables of one shape.
class GraphBuilder {
 public:
  explicit GraphBuilder(const NetworkSpec& spec)
      : spec_(spec), graph_(static_cast<int>(spec.cables.size())) {}

  NetworkGraph build() {
    std::visit([this](const auto& shape) { add(shape); }, spec_.shape);
    return std::move(graph_);
  }

 private:
  int hosts() const { return graph_.hosts(); }
  const Cable& cable_of(Rank host) const { return spec_.cables[static_cast<std::size_t>(host)]; }

  void join_hosts(Rank a, Rank b) { graph_.join(a, b, cable_of(a)); }
  void plug_in(Rank host, Vertex at) { graph_.join(host, at, half_of(cable_of(host))); }
  void join_switches(Vertex a, Vertex b) { graph_.join(a, b, half_of(spec_.between_switches)); }

  // Hosts that are `stride` apart, from `first` on, as a ring.
  void close_ring(Rank first, int stride, int count) {
    for (int i = 0; i + 1 < count; ++i) {
      join_hosts(first + i * stride, first + (i + 1) * stride);
    }
    if (count > 2) join_hosts(first + (count - 1) * stride, first);
  }

  void add(const StarShape&) {
    const Vertex center = graph_.add_switch("switch");
    for (Rank host = 0; host < hosts(); ++host) plug_in(host, center);
  }

  void add(const RingShape&) { close_ring(0, 1, hosts()); }

  void add(const ChainShape&) {
    for (Rank host = 0; host + 1 < hosts(); ++host) join_hosts(host, host + 1);
  }

  void add(const FullMeshShape&) {
    for (Rank a = 0; a < hosts(); ++a) {
      for (Rank b = a + 1; b < hosts(); ++b) join_hosts(a, b);
    }
  }

  void add(const TreeShape& tree) {
    std::vector<Vertex> above = {graph_.add_switch("root")};
    for (int level = 1; level < tree.depth; ++level) {
      std::vector<Vertex> here;
      for (const Vertex parent : above) {
        for (int child = 0; child < tree.fanout; ++child) {
          here.push_back(graph_.add_switch(fmt::format("switch{}.{}", level, here.size())));
          join_switches(here.back(), parent);
        }
      }
      above = std::move(here);
    }
    for (Rank host = 0; host < hosts(); ++host) {
      plug_in(host, above[static_cast<std::size_t>(host / tree.fanout)]);
    }
  }

  void add(const TorusShape& torus) {
    int stride = hosts();
    for (const int size : torus.sizes) {
      // Rings of this dimension: `size` hosts, each `stride` from the next.
      const int block = stride;
      stride /= size;
      for (Rank host = 0; host < hosts(); ++host) {
        if (host % block < stride) close_ring(host, stride, size);
      }
    }
  }

  void add(const FatTreeShape& tree) {
    const int half = tree.k / 2;
    std::vector<Vertex> cores;
    cores.reserve(static_cast<std::size_t>(half) * static_cast<std::size_t>(half));
    for (int core = 0; core < half * half; ++core) {
      cores.push_back(graph_.add_switch(fmt::format("core{}", core)));
    }
    for (int pod = 0; pod < tree.k; ++pod) {
      std::vector<Vertex> aggregations;
      aggregations.reserve(static_cast<std::size_t>(half));
      for (int i = 0; i < half; ++i) {
        aggregations.push_back(graph_.add_switch(fmt::format("aggregation{}.{}", pod, i)));
        for (int port = 0; port < half; ++port) {
          const int core = i * half + port;
          join_switches(aggregations.back(), cores[static_cast<std::size_t>(core)]);
        }
      }
      for (int i = 0; i < half; ++i) {
        const Vertex edge = graph_.add_switch(fmt::format("edge{}.{}", pod, i));
        for (const Vertex aggregation : aggregations) join_switches(edge, aggregation);
        const Rank first = (pod * half + i) * half;
        for (Rank host = first; host < first + half; ++host) plug_in(host, edge);
      }
    }
  }

  void add(const DumbbellShape& dumbbell) {
    const Vertex left = graph_.add_switch("left");
    const Vertex right = graph_.add_switch("right");
    Cable bottleneck = half_of(spec_.between_switches);
    bottleneck.rate = dumbbell.bandwidth;
    if (dumbbell.latency) bottleneck.latency = *dumbbell.latency;
    graph_.join(left, right, bottleneck);
    const int on_the_left = hosts() - hosts() / 2;
    for (Rank host = 0; host < hosts(); ++host) plug_in(host, host < on_the_left ? left : right);
  }

  void add(const TwoTierShape& tiers) {
    const Vertex core = graph_.add_switch("core");
    for (int rack = 0; rack < tiers.racks; ++rack) {
      const Vertex top = graph_.add_switch(fmt::format("rack{}", rack));
      std::int64_t bits = 0;
      for (Rank host = rack * tiers.hosts; host < (rack + 1) * tiers.hosts; ++host) {
        plug_in(host, top);
        bits += cable_of(host).rate.count;
      }
      Cable uplink = half_of(spec_.between_switches);
      uplink.rate.count = std::max<std::int64_t>(
          1, std::llround(static_cast<double>(bits) / tiers.oversubscription));
      graph_.join(top, core, uplink);
    }
  }

  Cable between(BitsPerSecond rate, Duration latency) const {
    return {rate, latency, {}, 0.0, spec_.between_switches.queue, spec_.between_switches.burst};
  }

  void add(const WanShape& wan) {
    const int regions = static_cast<int>(wan.regions.size());
    std::vector<Vertex> switches;
    Rank host = 0;
    for (int region = 0; region < regions; ++region) {
      const auto here = static_cast<std::size_t>(region);
      switches.push_back(graph_.add_switch(wan.regions[here]));
      const int even = hosts() / regions + (region < hosts() % regions ? 1 : 0);
      const int count = wan.hosts.empty() ? even : wan.hosts[here];
      for (int i = 0; i < count; ++i) plug_in(host++, switches.back());
      for (std::size_t other = 0; other < here; ++other) {
        graph_.join(switches[other], switches[here],
                    between(wan.bandwidth[other][here], wan.latency[other][here]),
                    between(wan.bandwidth[here][other], wan.latency[here][other]));
      }
    }
  }

  void add(const GraphShape& listed) {
    graph_ = NetworkGraph(listed.hosts);
    for (const std::string& name : listed.switches) graph_.add_switch(name);
    for (const auto& joint : listed.joints) {
      graph_.join(joint.from, joint.to, joint.there, joint.back);
    }
  }

  const NetworkSpec& spec_;
  NetworkGraph graph_;
};

}  // namespace

std::optional<std::int64_t> hosts_of(const Shape& shape) {
  using Count = std::optional<std::int64_t>;
  return std::visit(
      Overloaded{
          [](const auto&) -> Count { return std::nullopt; },
          [](const TreeShape& tree) -> Count {
            std::int64_t hosts = 1;
            for (int level = 0; level < tree.depth; ++level) {
              hosts = product(hosts, tree.fanout);
            }
            return hosts;
          },
          [](const TorusShape& torus) -> Count {
            std::int64_t hosts = 1;
            for (const int size : torus.sizes) hosts = product(hosts, size);
            return hosts;
          },
          [](const FatTreeShape& tree) -> Count {
            return product(product(tree.k, tree.k), tree.k) / 4;
          },
          [](const TwoTierShape& tiers) -> Count { return product(tiers.racks, tiers.hosts); },
          [](const WanShape& wan) -> Count {
            if (wan.hosts.empty()) return std::nullopt;
            return std::accumulate(wan.hosts.begin(), wan.hosts.end(), std::int64_t{0});
          },
          [](const GraphShape& graph) -> Count {
            return static_cast<std::int64_t>(graph.hosts.size());
          }},
      shape);
}

bool has_host_cables(const Shape& shape) {
  return std::visit(
      Overloaded{[](const auto&) { return true; }, [](const RingShape&) { return false; },
                 [](const ChainShape&) { return false; },
                 [](const FullMeshShape&) { return false; },
                 [](const TorusShape&) { return false; }, [](const GraphShape&) { return false; }},
      shape);
}

NetworkGraph graph_of(const NetworkSpec& spec) {
  const auto needed = hosts_of(spec.shape);
  CHECK(!needed || std::holds_alternative<GraphShape>(spec.shape) ||
            *needed == static_cast<std::int64_t>(spec.cables.size()),
        "{} hosts and {} cables", *needed, spec.cables.size());
  return GraphBuilder(spec).build();
}

std::shared_ptr<const Topology> make_topology(const NetworkSpec& spec) {
  if (std::holds_alternative<StarShape>(spec.shape)) {
    std::vector<Cable> cables;
    cables.reserve(spec.cables.size());
    for (const Cable& cable : spec.cables) cables.push_back(half_of(cable));
    return make_star(cables);
  }
  NetworkGraph graph = graph_of(spec);
  RoutingOptions options{spec.routing, spec.seed, {}};
  if (const auto* listed = std::get_if<GraphShape>(&spec.shape)) {
    for (const std::vector<Vertex>& way : listed->ways) {
      options.given[{way.front(), way.back()}] = graph.along(way);
    }
  }
  return make_routed(std::move(graph), std::move(options));
}

}  // namespace gradwire
