#include "netmodel/topology.hpp"

#include <gmock/gmock.h>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::shared_ptr<const Topology> star_of_three() {
  return make_star({{BitsPerSecond{10}, 1ms, 100us, 0.1},
                    {BitsPerSecond{20}, 2ms, 200us, 0.2},
                    {BitsPerSecond{30}, 3ms, 0us, 0.0}});
}

std::vector<std::string> names_of(const Topology& topology, const Route& route) {
  std::vector<std::string> names;
  for (const LinkIndex link : route) names.push_back(topology.link_name(link));
  return names;
}

TEST(Star, AMessageCrossesItsSendersUplinkAndItsReceiversDownlink) {
  const auto star = star_of_three();
  EXPECT_EQ(star->hosts(), 3);
  EXPECT_EQ(star->links().size(), 6U);
  EXPECT_THAT(names_of(*star, star->route(0, 2)), ElementsAre("host0-switch", "switch-host2"));
  EXPECT_THAT(names_of(*star, star->route(2, 0)), ElementsAre("host2-switch", "switch-host0"));
  EXPECT_EQ(star->links()[star->route(1, 0)[0]].rate, BitsPerSecond{20});
  EXPECT_EQ(star->links()[star->route(0, 1)[1]].rate, BitsPerSecond{20});
}

// From 0 to 1: 1 + 2 ms; 100 + 200 us; kept 0.9 * 0.8 = 0.72.
TEST(Star, ARouteAddsUpItsLinks) {
  const auto star = star_of_three();
  const Route route = star->route(0, 1);
  EXPECT_EQ(latency_of(*star, route), 3ms);
  EXPECT_EQ(jitter_of(*star, route), 300us);
  EXPECT_DOUBLE_EQ(loss_of(*star, route), 0.28);
  EXPECT_DOUBLE_EQ(loss_of(*star, star->route(0, 2)), 0.1);
}

TEST(Star, HasNoRouteToOneselfOrToStrangers) {
  const auto star = star_of_three();
  EXPECT_THROW(star->route(1, 1), CheckFailure);
  EXPECT_THROW(star->route(0, 3), CheckFailure);
  EXPECT_THROW(star->route(-1, 0), CheckFailure);
}

}  // namespace
}  // namespace gradwire
