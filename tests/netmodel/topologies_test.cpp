// The shapes of networks against their formulas, and the routes through them.
#include <gmock/gmock.h>

#include <algorithm>

#include "netmodel/topologies/shape.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr Cable kCable = {{1'000'000'000}, 100us, {}, 0.0};

NetworkSpec spec_of(Shape shape, int hosts) {
  NetworkSpec spec;
  spec.shape = std::move(shape);
  spec.cables.assign(static_cast<std::size_t>(hosts), kCable);
  spec.between_switches = kCable;
  return spec;
}

WanShape three_regions() {
  WanShape wan;
  wan.regions = {"us", "eu", "asia"};
  wan.latency = {{0ms, 10ms, 100ms}, {10ms, 0ms, 20ms}, {90ms, 20ms, 0ms}};
  wan.bandwidth.assign(3, std::vector<BitsPerSecond>(3, BitsPerSecond{100'000'000}));
  return wan;
}

struct Expected {
  std::string name;
  NetworkSpec spec;
  int switches;
  std::size_t cables;
  std::size_t diameter;  // links of the longest way
};

class EveryShape : public testing::TestWithParam<Expected> {};

std::string name_of(const testing::TestParamInfo<Expected>& info) { return info.param.name; }

void PrintTo(const Expected& expected, std::ostream* stream) { *stream << expected.name; }

// Cables by formula:
//   ring N, chain N-1, full mesh N(N-1)/2; tree of fanout f, depth d: every vertex but the root has
//   one upwards, f + f^2 + ... + f^d; torus: every host one for each dimension of more than two,
//   and half a one for a dimension of two; fat tree: k^3/4 in each of three layers; dumbbell N+1;
//   two-tier N + racks; WAN of R regions N + R(R-1)/2.
// Diameters: half of a ring; in a torus the sum over the dimensions; in trees up and down.
INSTANTIATE_TEST_SUITE_P(
    Shapes, EveryShape,
    testing::Values(Expected{"Star", spec_of(StarShape{}, 5), 1, 5, 2},
                    Expected{"Ring", spec_of(RingShape{}, 7), 0, 7, 3},
                    Expected{"RingOfTwo", spec_of(RingShape{}, 2), 0, 1, 1},
                    Expected{"Chain", spec_of(ChainShape{}, 5), 0, 4, 4},
                    Expected{"FullMesh", spec_of(FullMeshShape{}, 6), 0, 15, 1},
                    // Switches 1 + 3 + 9, cables 3 + 9 + 27; up three and down three.
                    Expected{"Tree", spec_of(TreeShape{3, 3}, 27), 13, 39, 6},
                    Expected{"Torus2d", spec_of(TorusShape{{4, 5}}, 20), 0, 40, 4},
                    // 24 * (1 + 1 + 1/2).
                    Expected{"Torus3d", spec_of(TorusShape{{4, 3, 2}}, 24), 0, 60, 4},
                    Expected{"TorusOfOneRow", spec_of(TorusShape{{1, 6}}, 6), 0, 6, 3},
                    // k = 4: 4 cores, 4 pods of 2 + 2; 3 * 16 cables.
                    Expected{"FatTree", spec_of(FatTreeShape{4}, 16), 20, 48, 6},
                    Expected{"Dumbbell", spec_of(DumbbellShape{{1'000'000}, {}}, 7), 2, 8, 3},
                    Expected{"TwoTier", spec_of(TwoTierShape{3, 4, 2.0}, 12), 4, 15, 4},
                    Expected{"Wan", spec_of(three_regions(), 7), 3, 10, 3}),
    name_of);

TEST_P(EveryShape, HasTheVerticesAndCablesOfItsFormula) {
  const NetworkGraph graph = graph_of(GetParam().spec);
  EXPECT_EQ(graph.hosts(), static_cast<int>(GetParam().spec.cables.size()));
  EXPECT_EQ(graph.switches(), GetParam().switches);
  EXPECT_EQ(graph.links().size(), 2 * GetParam().cables);
  EXPECT_EQ(hosts_of(GetParam().spec.shape).value_or(graph.hosts()), graph.hosts());
}

TEST_P(EveryShape, HasAContiguousWayBetweenAnyTwoHostsAsLongAsTheWayBack) {
  const NetworkGraph graph = graph_of(GetParam().spec);
  const auto topology = make_routed(graph_of(GetParam().spec), {});
  std::size_t diameter = 0;
  for (Rank from = 0; from < graph.hosts(); ++from) {
    for (Rank to = 0; to < graph.hosts(); ++to) {
      if (from == to) continue;
      const Route route = topology->route(from, to);
      Vertex here = from;
      for (const LinkIndex link : route) {
        ASSERT_EQ(graph.end_of(NetworkGraph::back(link)), here) << from << " to " << to;
        here = graph.end_of(link);
      }
      ASSERT_EQ(here, to);
      EXPECT_EQ(route.size(), topology->route(to, from).size());
      diameter = std::max(diameter, route.size());
    }
  }
  EXPECT_EQ(diameter, GetParam().diameter);
}

// Links from the lower half of the hosts to the upper one, where only hosts are joined.
std::size_t links_across(const NetworkGraph& graph) {
  std::size_t across = 0;
  for (Vertex host = 0; host < graph.hosts() / 2; ++host) {
    for (const LinkIndex link : graph.leaving(host)) {
      across += graph.end_of(link) >= graph.hosts() / 2 ? 1 : 0;
    }
  }
  return across;
}

// A ring is cut twice, a chain once; an a x b torus 2b times between its rows; a full mesh
// (N/2)^2 times.
TEST(Shapes, AreCutInHalvesAcrossSoManyLinks) {
  EXPECT_EQ(links_across(graph_of(spec_of(RingShape{}, 8))), 2U);
  EXPECT_EQ(links_across(graph_of(spec_of(ChainShape{}, 8))), 1U);
  EXPECT_EQ(links_across(graph_of(spec_of(TorusShape{{4, 5}}, 20))), 10U);
  EXPECT_EQ(links_across(graph_of(spec_of(FullMeshShape{}, 8))), 16U);
}

// Four hosts of 1 Gbit over an oversubscription of 2: 2 Gbit to the core.
TEST(TwoTier, TheCableToTheCoreIsOversubscribed) {
  const NetworkSpec spec = spec_of(TwoTierShape{3, 4, 2.0}, 12);
  const auto topology = make_topology(spec);
  const Route route = topology->route(0, 11);
  ASSERT_EQ(route.size(), 4U);
  EXPECT_EQ(topology->links()[route[0]].rate, BitsPerSecond{1'000'000'000});
  EXPECT_EQ(topology->links()[route[1]].rate, BitsPerSecond{2'000'000'000});
  EXPECT_EQ(topology->link_name(route[1]), "rack0-core");
  EXPECT_EQ(latency_of(*topology, route), 200us);  // four halves
  EXPECT_EQ(topology->route(0, 3).size(), 2U);
}

TEST(Shapes, HostsThatAreJoinedDirectlyHaveTheWholeLatencyBetweenThem) {
  const auto ring = make_topology(spec_of(RingShape{}, 4));
  EXPECT_EQ(latency_of(*ring, ring->route(3, 0)), 100us);
  const auto star = make_topology(spec_of(StarShape{}, 4));
  EXPECT_EQ(latency_of(*star, star->route(3, 0)), 100us);
}

// By hops straight from us to asia, 100 ms; by latency over eu, 10 + 20 ms; and the cables of both
// hosts, 50 us each.
TEST(Routing, ByLatencyTakesADetourThatIsShorter) {
  NetworkSpec spec = spec_of(three_regions(), 3);
  const auto by_hops = make_topology(spec);
  EXPECT_EQ(latency_of(*by_hops, by_hops->route(0, 2)), 100ms + 100us);
  EXPECT_EQ(latency_of(*by_hops, by_hops->route(2, 0)), 90ms + 100us);
  spec.routing = Routing::latency;
  const auto by_latency = make_topology(spec);
  EXPECT_EQ(latency_of(*by_latency, by_latency->route(0, 2)), 30ms + 100us);
}

// The 8 edge switches of a fat tree with k = 4 have 2 ways up each, and each pod has 4 ways to
// another: 16 hosts with 12 others in other pods spread 192 flows over 16 links to the cores, 12
// each on average. None is left idle, and none takes more than twice its share.
TEST(Routing, SpreadsEqualWaysOverTheFlowsAndTheSameForTheSameSeed) {
  NetworkSpec spec = spec_of(FatTreeShape{4}, 16);
  const NetworkGraph graph = graph_of(spec);
  const auto ways = [&](std::uint64_t seed) {
    spec.seed = seed;
    const auto topology = make_topology(spec);
    std::vector<Route> routes;
    for (Rank from = 0; from < 16; ++from) {
      for (Rank to = 0; to < 16; ++to) {
        if (from / 4 != to / 4) routes.push_back(topology->route(from, to));
      }
    }
    return routes;
  };
  std::map<LinkIndex, int> flows;
  for (const Route& route : ways(1)) ++flows[route[2]];
  EXPECT_EQ(flows.size(), 16U);
  for (const auto& [link, count] : flows) EXPECT_LE(count, 24) << graph.link_name(link);
  EXPECT_EQ(ways(1), ways(1));
  EXPECT_NE(ways(1), ways(2));
}

TEST(Graph, TakesGivenWaysAndRatesOfEachDirection) {
  GraphShape graph;
  graph.hosts = {"a", "b"};
  graph.switches = {"s"};
  const Cable slow = {{10'000'000}, 1ms, {}, 0.0};
  graph.joints = {{0, 1, kCable, slow}, {0, 2, kCable, kCable}, {2, 1, kCable, kCable}};
  graph.ways = {{0, 2, 1}};
  NetworkSpec spec;
  spec.shape = graph;
  const auto topology = make_topology(spec);
  EXPECT_EQ(topology->route(0, 1).size(), 2U);
  const Route back = topology->route(1, 0);
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(topology->link_name(back[0]), "b-a");
  EXPECT_EQ(topology->links()[back[0]].rate, slow.rate);
}

TEST(Graph, FindsTheFirstHostThatCannotBeReached) {
  NetworkGraph graph(3);
  graph.join(0, 2, kCable);
  EXPECT_EQ(graph.first_unreachable_host(), 1);
  graph.join(1, 2, kCable);
  EXPECT_EQ(graph.first_unreachable_host(), 3);
}

}  // namespace
}  // namespace gradwire
