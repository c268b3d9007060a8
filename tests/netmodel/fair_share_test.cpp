#include "netmodel/fair_share.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "netmodel/check.hpp"
#include "tests/netmodel/naive_fair_share.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::uint64_t kSeeds = 1000;

std::vector<MicroRate> rates_of(const Problem& problem) {
  FairShare share;
  std::vector<FlowId> ids;
  for (const MicroRate capacity : problem.capacities) {
    const ResourceId resource = share.add_resource(1);
    share.set_capacity(resource, capacity);
  }
  for (const PlainFlow& flow : problem.flows) {
    ids.push_back(share.add_flow(flow.route, kNoCap, flow.weight));
    share.set_cap(ids.back(), flow.cap);
  }
  FairShare::Changes changes;
  share.solve(changes);
  std::vector<MicroRate> rates;
  for (const FlowId id : ids) rates.push_back(share.rate(id));
  return rates;
}

TEST(FairShare, AResourceIsSharedEqually) {
  EXPECT_THAT(rates_of({{12}, {{{0}}, {{0}}, {{0}}}}), ElementsAre(4, 4, 4));
  // 10 / 3 = 3, remainder 1 unused.
  EXPECT_THAT(rates_of({{10}, {{{0}}, {{0}}, {{0}}}}), ElementsAre(3, 3, 3));
}

// Link 0 of 10 with flows a, b; link 1 of 4 with b, c. Rising together, all reach 2, where link 1
// is used up: b = c = 2. Then a takes the rest of link 0: 10 - 2 = 8.
TEST(FairShare, TwoBottlenecksLeaveTheRestToWhoCanUseIt) {
  EXPECT_THAT(rates_of({{10, 4}, {{{0}}, {{0, 1}}, {{1}}}}), ElementsAre(8, 2, 2));
}

// The parking lot (Bertsekas and Gallager, section 6.5): one long flow over three links of 6, and
// on each link one short flow more: link 1 has two of them. Link 1 is shared by 3: 2 for each of
// its flows. The short flows of links 0 and 2 take 6 - 2 = 4.
TEST(FairShare, ParkingLot) {
  EXPECT_THAT(rates_of({{6, 6, 6}, {{{0, 1, 2}}, {{0}}, {{1}}, {{1}}, {{2}}}}),
              ElementsAre(2, 4, 2, 2, 4));
}

// Capacity 12 for three flows, one capped at 1, one at 5: the first has 1, the others could have
// (12 - 1) / 2 = 5 each, rounded down: the cap of 5 does not bind, the last one has 12 - 1 - 5 = 6.
TEST(FairShare, CapsLeaveTheirPartToOthers) {
  EXPECT_THAT(rates_of({{12}, {{{0}, 1}, {{0}, 5}, {{0}}}}), ElementsAre(1, 5, 6));
  EXPECT_THAT(rates_of({{12}, {{{0}, 100}}}), ElementsAre(12));
}

// 12 for weights 1, 2 and 3: 2 for each of them. With the last one capped at 3, 9 is left for 3.
TEST(FairShare, WeightsAreAsManyFlows) {
  EXPECT_THAT(rates_of({{12}, {{{0}, kNoCap, 1}, {{0}, kNoCap, 2}, {{0}, kNoCap, 3}}}),
              ElementsAre(2, 4, 6));
  EXPECT_THAT(rates_of({{12}, {{{0}, kNoCap, 1}, {{0}, kNoCap, 2}, {{0}, 3, 3}}}),
              ElementsAre(3, 6, 3));
  // Alone it has all there is, of whatever weight.
  EXPECT_THAT(rates_of({{15}, {{{0}, kNoCap, 5}}}), ElementsAre(15));
}

// a is alone and has a rate of its own until c comes: then both ride at 5, and b is not concerned.
TEST(FairShare, ReportsExactlyWhatHasChanged) {
  FairShare share;
  const ResourceId left = share.add_resource(10);
  const ResourceId right = share.add_resource(10);
  const FlowId a = share.add_flow({{left}}, kNoCap);
  const FlowId b = share.add_flow({{right}}, kNoCap);
  FairShare::Changes changes;
  share.solve(changes);
  EXPECT_THAT(changes.flows, UnorderedElementsAre(a, b));
  EXPECT_TRUE(changes.bundles.empty());
  EXPECT_EQ(share.paced_by(a), kNoBundle);
  changes.clear();
  const FlowId c = share.add_flow({{left}}, kNoCap);
  share.solve(changes);
  EXPECT_THAT(changes.flows, UnorderedElementsAre(a, c));
  ASSERT_EQ(changes.bundles.size(), 1U);
  EXPECT_EQ(share.paced_by(a), changes.bundles.front());
  EXPECT_EQ(share.paced_by(c), changes.bundles.front());
  EXPECT_EQ(share.level(changes.bundles.front()), 5);
  EXPECT_EQ(share.rate(b), 10);
  changes.clear();
  share.solve(changes);
  EXPECT_TRUE(changes.empty());
}

// A thousand flows of one route: each that goes is one change, the level of the others.
TEST(FairShare, ManyFlowsOfOneRouteAreOneChange) {
  FairShare share;
  const ResourceId link = share.add_resource(1'000'000);
  std::vector<FlowId> flows;
  FairShare::Changes changes;
  for (int i = 0; i < 1000; ++i) {
    const ResourceId own = share.add_resource(2000 + i);
    flows.push_back(share.add_flow(std::vector{own, link}, kNoCap));
  }
  share.solve(changes);
  for (std::size_t left = 999; left > 500; --left) {
    share.remove_flow(flows[left]);
    changes.clear();
    share.solve(changes);
    EXPECT_TRUE(changes.flows.empty());
    EXPECT_EQ(changes.bundles.size(), 1U);
    EXPECT_EQ(share.rate(flows.front()), 1'000'000 / static_cast<MicroRate>(left));
  }
  // 500 flows could have 2 000 each: the link of flow 0 has no more.
  share.remove_flow(flows[500]);
  changes.clear();
  share.solve(changes);
  EXPECT_THAT(changes.flows, ElementsAre(flows[0]));
}

// Capacity 12 for two flows: 6 each. A cap of 4 on one gives the other 8; a cap of 7 does not bind,
// and taking it away changes nothing.
TEST(FairShare, ACapThatChangesMovesTheOthers) {
  FairShare share;
  const ResourceId link = share.add_resource(12);
  const FlowId a = share.add_flow({{link}}, kNoCap);
  const FlowId b = share.add_flow({{link}}, kNoCap);
  FairShare::Changes changes;
  const auto rates_with_cap = [&](MicroRate cap) {
    share.set_cap(a, cap);
    changes.clear();
    share.solve(changes);
    return std::pair(share.rate(a), share.rate(b));
  };
  EXPECT_EQ(rates_with_cap(4), std::pair(4L, 8L));
  EXPECT_EQ(rates_with_cap(7), std::pair(6L, 6L));
  EXPECT_EQ(rates_with_cap(kNoCap), std::pair(6L, 6L));
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(rates_with_cap(0), std::pair(0L, 12L));
  EXPECT_EQ(rates_with_cap(kNoCap), std::pair(6L, 6L));
  EXPECT_THROW(share.set_cap(a, -1), CheckFailure);
}

// Link 0 of 10 with a, b; link 1 of 4 with b: b = 4, a = 6. A cut of link 1 leaves link 0 to a;
// with 8 link 0 is what limits both.
// 10 and 6: a has the smaller at once. When b comes, both have half of the first resource.
TEST(FairShare, AFlowOverFreeResourcesNeedsNoSolve) {
  FairShare share;
  const ResourceId resources[] = {share.add_resource(10), share.add_resource(6)};
  ASSERT_TRUE(share.are_free(resources));
  const FlowId a = share.add_lone_flow(resources, kNoCap);
  EXPECT_TRUE(share.is_solved());
  EXPECT_EQ(share.rate(a), 6);
  EXPECT_FALSE(share.are_free(resources));
  const FlowId b = share.add_flow({resources, 1}, kNoCap);
  EXPECT_FALSE(share.is_solved());
  FairShare::Changes changes;
  share.solve(changes);
  EXPECT_EQ(share.rate(a), 5);
  EXPECT_EQ(share.rate(b), 5);
  share.remove_flow(b);
  EXPECT_FALSE(share.is_solved());
  share.solve(changes);
  EXPECT_EQ(share.rate(a), 6);
  share.remove_flow(a);
  EXPECT_TRUE(share.is_solved());
  EXPECT_TRUE(share.are_free(resources));
}

TEST(FairShare, ACapacityThatChangesMovesAllFlowsThatItReaches) {
  FairShare share;
  const ResourceId first = share.add_resource(10);
  const ResourceId second = share.add_resource(4);
  const FlowId a = share.add_flow({{first}}, kNoCap);
  const FlowId b = share.add_flow(std::vector{first, second}, kNoCap);
  FairShare::Changes changes;
  const auto rates_with_capacity = [&](MicroRate capacity) {
    share.set_capacity(second, capacity);
    changes.clear();
    share.solve(changes);
    return std::pair(share.rate(a), share.rate(b));
  };
  EXPECT_EQ(rates_with_capacity(4), std::pair(6L, 4L));
  EXPECT_EQ(rates_with_capacity(0), std::pair(10L, 0L));
  EXPECT_EQ(rates_with_capacity(8), std::pair(5L, 5L));
  EXPECT_EQ(rates_with_capacity(8), std::pair(5L, 5L));
  EXPECT_TRUE(changes.empty());
  EXPECT_THROW(share.set_capacity(second, -1), CheckFailure);
}

TEST(FairShare, RefusesAFlowThatNothingLimits) {
  FairShare share;
  share.add_resource(10);
  EXPECT_THROW(share.add_flow({}, kNoCap), CheckFailure);
  EXPECT_THROW(share.add_flow({}, 5), CheckFailure);
  EXPECT_THROW(share.add_flow({{ResourceId{0}}}, 0), CheckFailure);
  EXPECT_THROW(share.add_flow({{ResourceId{0}}}, 5, 0), CheckFailure);
  EXPECT_THROW(share.add_resource(0), CheckFailure);
}

// Resource 0 has 10 for flows a, b, c and resource 1 has 6 for a, b: both allow 3 each. When a and
// b were fixed through resource 1 first, c used to get the remainder of resource 0, 4 instead of 3;
// which of the two was looked at first depended on the history.
TEST(FairShare, ARoundedShareDoesNotDependOnWhichBottleneckIsSeenFirst) {
  EXPECT_THAT(rates_of({{10, 6}, {{{0, 1}}, {{0, 1}}, {{0}}}}), ElementsAre(3, 3, 3));
  EXPECT_THAT(rates_of({{10, 6}, {{{1, 0}}, {{1, 0}}, {{0}}}}), ElementsAre(3, 3, 3));
}

// Progressive filling as the textbook has it, in floating point, over everything at once.
std::vector<long double> solve_naively(const Problem& problem) {
  std::vector<long double> rates(problem.flows.size(), -1.0L);  // negative: still rising
  for (;;) {
    long double level = std::numeric_limits<long double>::infinity();
    std::vector<long double> share(problem.capacities.size(), level);
    for (std::size_t r = 0; r < problem.capacities.size(); ++r) {
      long double left = static_cast<long double>(problem.capacities[r]);
      int rising = 0;
      for (std::size_t f = 0; f < problem.flows.size(); ++f) {
        if (std::ranges::count(problem.flows[f].route, r) == 0) continue;
        if (rates[f] < 0) rising += problem.flows[f].weight;
        if (rates[f] >= 0) left -= rates[f];
      }
      if (rising > 0) share[r] = left / rising;
      level = std::min(level, share[r]);
    }
    for (std::size_t f = 0; f < problem.flows.size(); ++f) {
      if (rates[f] < 0 && problem.flows[f].cap != kNoCap) {
        level = std::min(level, static_cast<long double>(problem.flows[f].cap) /
                                    static_cast<long double>(problem.flows[f].weight));
      }
    }
    if (level == std::numeric_limits<long double>::infinity()) return rates;
    const long double tolerance = level * 1e-15L;
    for (std::size_t f = 0; f < problem.flows.size(); ++f) {
      if (rates[f] >= 0) continue;
      const PlainFlow& flow = problem.flows[f];
      const auto weight = static_cast<long double>(flow.weight);
      bool held =
          flow.cap != kNoCap && static_cast<long double>(flow.cap) / weight <= level + tolerance;
      for (const ResourceId r : flow.route) held = held || share[r] <= level + tolerance;
      if (held) rates[f] = level * weight;
    }
  }
}

class RandomProblem {
 public:
  explicit RandomProblem(std::uint64_t seed) : random_(seed) {
    const std::size_t resources = 1 + below(12);
    for (std::size_t i = 0; i < resources; ++i) {
      // Few different capacities, so that ties are common.
      capacities_.push_back(static_cast<MicroRate>(1 + below(4)) * 1'000'000'007);
    }
  }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  PlainFlow flow() {
    PlainFlow flow;
    std::set<ResourceId> route;
    const std::uint64_t length = 1 + below(4);
    for (std::uint64_t i = 0; i < length; ++i) {
      route.insert(static_cast<ResourceId>(below(capacities_.size())));
    }
    flow.route.assign(route.begin(), route.end());
    std::ranges::shuffle(flow.route, random_);
    flow.cap = cap();
    if (below(2) == 0) flow.weight = static_cast<std::int32_t>(1 + below(5));
    return flow;
  }
  MicroRate cap() {
    return below(3) == 0 ? static_cast<MicroRate>(1 + below(10)) * 123'456'789 : kNoCap;
  }
  const std::vector<MicroRate>& capacities() const { return capacities_; }
  // Gives one resource another capacity, in a third of cases none.
  ResourceId change_a_capacity() {
    const auto resource = static_cast<ResourceId>(below(capacities_.size()));
    capacities_[resource] =
        below(3) == 0 ? 0 : static_cast<MicroRate>(1 + below(4)) * 1'000'000'007;
    return resource;
  }
  std::mt19937_64& random() { return random_; }

 private:
  std::mt19937_64 random_;
  std::vector<MicroRate> capacities_;
};

void expect_feasible(const Problem& problem, const std::vector<MicroRate>& rates) {
  for (std::size_t r = 0; r < problem.capacities.size(); ++r) {
    MicroRate used = 0;
    for (std::size_t f = 0; f < problem.flows.size(); ++f) {
      if (std::ranges::count(problem.flows[f].route, r) > 0) used += rates[f];
    }
    EXPECT_LE(used, problem.capacities[r]) << "resource " << r;
  }
  for (std::size_t f = 0; f < problem.flows.size(); ++f) {
    EXPECT_LE(rates[f], problem.flows[f].cap) << "flow " << f;
  }
}

// A remainder of less than one unit for each flow stays unused at every resource, and what it would
// have given to others may add up along a chain of bottlenecks: far less than this.
constexpr long double kRounding = 10'000;  // of at least 1e8

// What somebody knows of the rates who listens to the changes only.
struct KnownRates {
  std::map<FlowId, std::pair<BundleId, MicroRate>> flows;
  std::map<BundleId, MicroRate> levels;
};

void expect_known(const FairShare& share, const std::vector<std::pair<FlowId, PlainFlow>>& live,
                  FairShare::Changes& changes, KnownRates& known) {
  for (const BundleId id : changes.bundles) known.levels[id] = share.level(id);
  for (const FlowId id : changes.flows) known.flows[id] = {share.paced_by(id), share.rate(id)};
  for (const auto& [id, flow] : live) {
    const auto& [bundle, rate] = known.flows[id];
    EXPECT_EQ(bundle == kNoBundle ? rate : known.levels[bundle], share.rate(id)) << "flow " << id;
  }
  changes.clear();
}

void compare_incremental_solves(std::uint64_t seed) {
  RandomProblem random(seed);
  FairShare share;
  for (const MicroRate capacity : random.capacities()) share.add_resource(capacity);
  std::vector<std::pair<FlowId, PlainFlow>> live;
  FairShare::Changes changes;
  KnownRates known;
  for (int round = 0; round < 12; ++round) {
    for (std::uint64_t left = 1 + random.below(5); left > 0; --left) {
      if (random.below(5) == 0) {
        const ResourceId resource = random.change_a_capacity();
        share.set_capacity(resource, random.capacities()[resource]);
      } else if (!live.empty() && random.below(4) == 0) {
        auto& [id, flow] = live[random.below(live.size())];
        flow.cap = random.below(6) == 0 ? 0 : random.cap();
        share.set_cap(id, flow.cap);
      } else if (!live.empty() && random.below(3) == 0) {
        const auto victim = live.begin() + static_cast<std::ptrdiff_t>(random.below(live.size()));
        share.remove_flow(victim->first);
        live.erase(victim);
      } else {
        const PlainFlow flow = random.flow();
        const bool alone = random.below(2) == 0 && share.are_free(flow.route);
        live.emplace_back(alone ? share.add_lone_flow(flow.route, flow.cap, flow.weight)
                                : share.add_flow(flow.route, flow.cap, flow.weight),
                          flow);
        known.flows[live.back().first] = {kNoBundle, share.rate(live.back().first)};
      }
    }
    share.solve(changes);
    Problem problem{random.capacities(), {}};
    std::vector<MicroRate> rates;
    for (const auto& [id, flow] : live) {
      problem.flows.push_back(flow);
      rates.push_back(share.rate(id));
    }
    ASSERT_EQ(rates, rates_of(problem)) << "round " << round;
    ASSERT_EQ(rates, naive_rates(problem)) << "round " << round;
    expect_known(share, live, changes, known);
    expect_feasible(problem, rates);
    const auto naive = solve_naively(problem);
    for (std::size_t f = 0; f < rates.size(); ++f) {
      ASSERT_NEAR(static_cast<double>(rates[f]), static_cast<double>(naive[f]), kRounding)
          << "round " << round << " flow " << f;
    }
  }
}

TEST(FairShare, IncrementalSolvesOfRandomGraphsEqualASolveFromScratchAndTheTextbook) {
  for (const std::uint64_t seed : seeds(kSeeds)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(compare_incremental_solves(seed));
  }
}

void compare_permuted_problems(std::uint64_t seed) {
  RandomProblem random(seed);
  Problem problem{random.capacities(), {}};
  for (std::uint64_t left = 2 + random.below(20); left > 0; --left) {
    problem.flows.push_back(random.flow());
  }
  const auto rates = rates_of(problem);

  std::vector<std::size_t> flow_order(problem.flows.size());
  std::iota(flow_order.begin(), flow_order.end(), 0);
  std::ranges::shuffle(flow_order, random.random());
  std::vector<ResourceId> new_name(problem.capacities.size());
  std::iota(new_name.begin(), new_name.end(), 0);
  std::ranges::shuffle(new_name, random.random());
  Problem permuted{std::vector<MicroRate>(problem.capacities.size()), {}};
  for (std::size_t r = 0; r < new_name.size(); ++r) {
    permuted.capacities[new_name[r]] = problem.capacities[r];
  }
  for (const std::size_t f : flow_order) {
    PlainFlow flow = problem.flows[f];
    for (ResourceId& resource : flow.route) resource = new_name[resource];
    permuted.flows.push_back(flow);
  }
  const auto permuted_rates = rates_of(permuted);
  for (std::size_t i = 0; i < flow_order.size(); ++i) {
    ASSERT_EQ(permuted_rates[i], rates[flow_order[i]]) << "flow " << flow_order[i];
  }
}

TEST(FairShare, TheOrderOfFlowsAndResourcesDoesNotMatter) {
  for (const std::uint64_t seed : seeds(kSeeds)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    compare_permuted_problems(seed);
  }
}

}  // namespace
}  // namespace gradwire
