#include "sim/hosts/host_plan.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/seeds.hpp"

namespace gradwire {
namespace {

constexpr Cable kCable{{10'000'000}, std::chrono::microseconds(200), {}, 0.0};

NetworkSpec spec_of(Shape shape, int hosts) {
  NetworkSpec spec;
  spec.shape = std::move(shape);
  spec.cables.assign(static_cast<std::size_t>(hosts), kCable);
  spec.between_switches = kCable;
  return spec;
}

TEST(HostPlan, AStarIsOneBridge) {
  const HostPlan plan = make_host_plan(spec_of(StarShape{}, 3));
  EXPECT_EQ(plan.forwarding, HostPlan::Forwarding::bridges);
  ASSERT_EQ(plan.hosts.size(), 3U);
  EXPECT_EQ(plan.hosts[0].address, "10.1.0.2");  // as in the VNX experiment
  EXPECT_EQ(plan.hosts[2].address, "10.1.0.4");
  EXPECT_EQ(plan.port, 50501);
  ASSERT_EQ(plan.switches.size(), 1U);
  EXPECT_EQ(plan.switches[0].interfaces.size(), 3U);
  EXPECT_EQ(plan.cables.size(), 3U);
  ASSERT_EQ(plan.directions.size(), 6U);
  // A cable at a switch has half of the latency between two hosts.
  EXPECT_EQ(plan.directions[0].name, "host0-switch");
  EXPECT_EQ(plan.directions[0].link.latency, std::chrono::microseconds(100));
  EXPECT_EQ(plan.directions[0].link.rate.count, 10'000'000);
  // 50 ms at 10 Mbit/s are 62 500 bytes, and fifty frames more.
  EXPECT_EQ(plan.directions[0].queue.count, 75'700);
  EXPECT_TRUE(plan.routes.empty());
  // Each host to the next one: all uplinks and all downlinks.
  EXPECT_EQ(plan.ways.size(), 3U);
}

TEST(HostPlan, OneHostHasNoWays) {
  const HostPlan plan = make_host_plan(spec_of(StarShape{}, 1));
  EXPECT_TRUE(plan.ways.empty());
  EXPECT_EQ(plan.directions.size(), 2U);
}

TEST(HostPlan, TreesOfSwitchesAreBridgesAndLoopsAreRouters) {
  const auto forwarding = [](Shape shape, int hosts) {
    return make_host_plan(spec_of(std::move(shape), hosts)).forwarding;
  };
  EXPECT_EQ(forwarding(TreeShape{2, 2}, 4), HostPlan::Forwarding::bridges);
  EXPECT_EQ(forwarding(DumbbellShape{{1'000'000}, {}}, 4), HostPlan::Forwarding::bridges);
  EXPECT_EQ(forwarding(TwoTierShape{2, 2, 2.0}, 4), HostPlan::Forwarding::bridges);
  EXPECT_EQ(forwarding(RingShape{}, 4), HostPlan::Forwarding::routers);
  EXPECT_EQ(forwarding(ChainShape{}, 2), HostPlan::Forwarding::routers);
  EXPECT_EQ(forwarding(TorusShape{{2, 2}}, 4), HostPlan::Forwarding::routers);
  EXPECT_EQ(forwarding(FatTreeShape{4}, 16), HostPlan::Forwarding::routers);
}

// The names of the links that a packet takes through the plan's routes.
std::vector<std::string> walk(const HostPlan& plan, Rank from, Rank to) {
  std::vector<std::string> names;
  for (Vertex at = from; at != to;) {
    const HostPlan::HostRoute* taken = nullptr;
    for (const HostPlan::HostRoute& route : plan.routes) {
      if (route.at != at || route.destination != to) continue;
      const bool listed = std::ranges::count(route.sources, from) > 0;
      // A rule by source comes before the route for everybody.
      if (listed || (route.sources.empty() && taken == nullptr)) taken = &route;
    }
    if (taken == nullptr || names.size() > 100) return {"lost"};
    for (const HostPlan::Direction& direction : plan.directions) {
      if (direction.from != at || direction.interface != taken->interface) continue;
      names.push_back(direction.name);
      at = direction.to;
      break;
    }
  }
  return names;
}

std::vector<std::string> modelled(const Topology& topology, Rank from, Rank to) {
  std::vector<std::string> names;
  for (const LinkIndex link : topology.route(from, to)) {
    names.push_back(topology.link_name(link));
  }
  return names;
}

void expect_the_models_ways(const NetworkSpec& spec) {
  const HostPlan plan = make_host_plan(spec);
  ASSERT_EQ(plan.forwarding, HostPlan::Forwarding::routers);
  const auto topology = make_topology(spec);
  for (Rank from = 0; from < topology->hosts(); ++from) {
    for (Rank to = 0; to < topology->hosts(); ++to) {
      if (from == to) continue;
      EXPECT_EQ(walk(plan, from, to), modelled(*topology, from, to)) << from << " to " << to;
    }
  }
}

TEST(HostPlan, RoutesAreThoseOfTheModel) {
  for (const std::uint64_t seed : seeds(5)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    for (auto& [shape, hosts] : std::vector<std::pair<Shape, int>>{{RingShape{}, 7},
                                                                   {ChainShape{}, 5},
                                                                   {FullMeshShape{}, 5},
                                                                   {TorusShape{{3, 4}}, 12},
                                                                   {TorusShape{{2, 2, 3}}, 12},
                                                                   {FatTreeShape{4}, 16}}) {
      NetworkSpec spec = spec_of(shape, hosts);
      spec.seed = seed;
      expect_the_models_ways(spec);
    }
  }
}

TEST(HostPlan, NoRouteBySourceIsForTheHostsOwnPackets) {
  // They choose their source address only after their route.
  NetworkSpec spec = spec_of(TorusShape{{4, 4}}, 16);
  for (spec.seed = 0; spec.seed < 5; ++spec.seed) {
    for (const HostPlan::HostRoute& route : make_host_plan(spec).routes) {
      EXPECT_EQ(std::ranges::count(route.sources, route.at), 0);
    }
  }
}

TEST(HostPlan, WaysCrossEveryLinkThatAnyMessageCrosses) {
  const NetworkSpec spec = spec_of(TwoTierShape{2, 3, 3.0}, 6);
  const HostPlan plan = make_host_plan(spec);
  std::set<std::size_t> crossed;
  for (const HostPlan::Way& way : plan.ways) {
    crossed.insert(way.directions.begin(), way.directions.end());
  }
  EXPECT_EQ(crossed.size(), plan.directions.size());
}

TEST(HostPlan, AsJson) {
  HostSettings settings{"two", {"/a b", "/c"}, {}, {}};
  settings.tcp.congestion = CongestionControl::bbr;
  settings.tcp.timeout_min = std::chrono::microseconds(1500);
  const auto json =
      nlohmann::json::parse(host_plan_json(make_host_plan(spec_of(StarShape{}, 2)), settings));
  EXPECT_EQ(json["scenario"], "two");
  EXPECT_EQ(json["folders"], nlohmann::json::parse(R"(["/a b", "/c"])"));
  EXPECT_EQ(json["tcp"]["congestion"], "bbr");
  EXPECT_EQ(json["tcp"]["send_buffer"], 4 << 20);
  EXPECT_EQ(json["tcp"]["timeout_min_ms"], 2);
  EXPECT_EQ(json["forwarding"], "bridges");
  EXPECT_EQ(json["hosts"][1]["address"], "10.1.0.3");
  EXPECT_EQ(json["hosts"][1]["interfaces"][0]["name"], "eth0");
  EXPECT_EQ(json["cables"][1],
            nlohmann::json::parse(
                R"({"a": "host1", "a_interface": "eth0", "b": "switch", "b_interface": "p1"})"));
  EXPECT_EQ(json["links"][1]["from"], "switch");
  EXPECT_EQ(json["links"][1]["interface"], "p0");
  EXPECT_EQ(json["links"][1]["rate_bits_per_second"], 10'000'000);
  EXPECT_EQ(json["links"][1]["latency_ns"], 100'000);
  EXPECT_EQ(json["ways"][0]["links"], nlohmann::json::parse(R"(["host0-switch", "switch-host1"])"));
}

TEST(HostPlan, NetemHoldsWhatIsUnderWay) {
  NetworkSpec spec = spec_of(ChainShape{}, 2);
  // 100 Mbit/s x 100 ms = 1.25 MB, 825 full frames of 1514 bytes; twice that, and 1000.
  for (Cable& cable : spec.cables) cable = {{100'000'000}, std::chrono::milliseconds(100), {}, 0.0};
  const auto json = nlohmann::json::parse(host_plan_json(make_host_plan(spec), {}));
  EXPECT_EQ(json["links"][0]["netem_packets"], 1'000 + 1'651);
}

TEST(HostPlan, TooManyHostsForOneMachine) {
  EXPECT_THROW(make_host_plan(spec_of(StarShape{}, 257)), TooManyHosts);
  EXPECT_NO_THROW(make_host_plan(spec_of(StarShape{}, 256)));
}

TEST(HostPlan, BurstsGrowWithTheRate) {
  EXPECT_EQ(burst_for({1'000'000}).count, 1'600);
  EXPECT_EQ(burst_for({100'000'000}).count, 3'100);
  EXPECT_EQ(burst_for({1'000'000'000}).count, 125'000);
}

}  // namespace
}  // namespace gradwire
