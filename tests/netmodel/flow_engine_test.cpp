#include "netmodel/flow_engine.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <random>

#include "netmodel/check.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

class FlowEngineTest : public testing::Test {
 protected:
  // An Action that runs any callable.
  Action action(std::function<void()> work) {
    return {[](void* work, std::uint64_t) { (*static_cast<std::function<void()>*>(work))(); },
            &works_.emplace_back(std::move(work))};
  }
  void at(Duration when, std::function<void()> work) {
    clock_.at(TimePoint(when), action(std::move(work)));
  }
  // Starts a flow at a time; flows are named by the order of these calls.
  void start_at(Duration when, std::vector<ResourceId> route, std::int64_t units,
                MicroRate cap = kNoCap) {
    const std::size_t flow = ends_.size();
    ends_.emplace_back();
    ids_.emplace_back();
    at(when, [this, flow, route = std::move(route), units, cap] {
      const Action done = action([this, flow] { ends_[flow] = clock_.now().time_since_epoch(); });
      ids_[flow] = engine_->start(route, units, cap, done);
    });
  }
  void run() { clock_.run(context_); }

  VirtualClock clock_;
  boost::asio::io_context context_{1};
  std::unique_ptr<FlowEngine> engine_ = std::make_unique<FlowEngine>(clock_);
  std::deque<std::function<void()>> works_;
  std::vector<FlowId> ids_;
  std::vector<std::optional<Duration>> ends_;
};

// 300 units at 100 a second from 1 s on, 200 in 2 s and 500 from 7 s on: the first is ended, the
// next are counted, and the last is started, all at 2 s.
TEST_F(FlowEngineTest, BooksKeptAheadAreThoseOfTheEvents) {
  const ResourceId link = engine_->add_resource(100);
  std::optional<Duration> end;
  const Action done = action([&] { end = clock_.now().time_since_epoch(); });
  start_at(1s, {link}, 300);
  at(2s, [&] {
    EXPECT_EQ(engine_->end_alone(ids_[0]), TimePoint(4s));
    EXPECT_EQ(engine_->time_alone({{link}}, 500, kNoCap), 5s);
    EXPECT_EQ(engine_->time_alone({{link}}, 500, 50 * kMicro), 10s);
    engine_->end_ahead(ids_[0], TimePoint(4s));
    engine_->count_ahead({{link}}, 200, 2s);
    engine_->start_ahead({{link}}, 500, kNoCap, done, 1, TimePoint(7s));
  });
  at(9s, [&] {
    EXPECT_EQ(engine_->usage(link).units, 500);
    EXPECT_EQ(engine_->usage(link).busy, 7s);
  });
  run();
  EXPECT_EQ(ends_[0], std::nullopt);
  EXPECT_EQ(end, 12s);
  EXPECT_EQ(engine_->usage(link).units, 1000);
  EXPECT_EQ(engine_->usage(link).busy, 10s);
}

// Two share a resource, the third has one for itself.
TEST_F(FlowEngineTest, OnlyAFlowThatIsAloneKnowsItsEnd) {
  const ResourceId shared = engine_->add_resource(100);
  const ResourceId own = engine_->add_resource(100);
  start_at(0s, {shared}, 200);
  start_at(0s, {shared}, 400);
  start_at(0s, {own}, 200);
  at(1s, [&] {
    EXPECT_EQ(engine_->end_alone(ids_[0]), std::nullopt);
    EXPECT_EQ(engine_->end_alone(ids_[1]), std::nullopt);
    EXPECT_EQ(engine_->end_alone(ids_[2]), TimePoint(2s));
  });
  at(5s, [&] { EXPECT_EQ(engine_->end_alone(ids_[1]), TimePoint(6s)); });
  run();
  EXPECT_EQ(ends_[1], 6s);
}

// 3 000 units at 1 000 a second.
TEST_F(FlowEngineTest, OneFlowTakesSizeOverRate) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(2s, {link}, 3000);
  run();
  EXPECT_EQ(ends_[0], 5s);
  EXPECT_EQ(engine_->usage(link).units, 3000);
  EXPECT_EQ(engine_->usage(link).busy, 3s);
}

// 1 unit at 3 a second: 333 333 333.3 ns, rounded up to the next nanosecond in which it is done.
TEST_F(FlowEngineTest, AnEndIsRoundedUpToANanosecond) {
  start_at(0s, {engine_->add_resource(3)}, 1);
  run();
  EXPECT_EQ(ends_[0], 333'333'334ns);
}

// a: 1 000 units, b: 3 000, together from the start at 500 each. a ends at 2 s, b has 2 000 left
// and the link alone: it ends at 4 s. The link is never idle.
TEST_F(FlowEngineTest, WhatOneLeavesTheOtherTakes) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 1000);
  start_at(0s, {link}, 3000);
  run();
  EXPECT_EQ(ends_[0], 2s);
  EXPECT_EQ(ends_[1], 4s);
  EXPECT_EQ(engine_->usage(link).busy, 4s);
  EXPECT_EQ(engine_->usage(link).units, 4000);
}

// a alone for 1 s does 1 000 of its 2 000; then b comes with 500: both at 500. b ends at 2 s, when
// a has 500 left: 2.5 s.
TEST_F(FlowEngineTest, ALatecomerTakesItsShare) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 2000);
  start_at(1s, {link}, 500);
  run();
  EXPECT_EQ(ends_[0], 2500ms);
  EXPECT_EQ(ends_[1], 2s);
}

// a is capped at 100 and takes 10 s for 1 000; b has 900 beside it, and ends its 1 800 at 2 s.
TEST_F(FlowEngineTest, ACapHoldsOneAndFeedsTheOther) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 1000, 100 * kMicro);
  start_at(0s, {link}, 1800);
  run();
  EXPECT_EQ(ends_[0], 10s);
  EXPECT_EQ(ends_[1], 2s);
  EXPECT_EQ(engine_->usage(link).busy, 10s);
}

// a has 1 000 a second until its cap of 100 comes at 1 s, and 300 from 3 s on: 1 000 + 200 of its
// 1 800 by then, the other 600 in 2 s.
TEST_F(FlowEngineTest, ACapCanChangeUnderWay) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 1800);
  at(1s, [this] { engine_->set_cap(ids_[0], 100 * kMicro); });
  at(3s, [this] { engine_->set_cap(ids_[0], 300 * kMicro); });
  run();
  EXPECT_EQ(ends_[0], 5s);
}

// 1 000 of 3 000 are done by 1 s; cut until 4 s; then at 500 a second: the other 2 000 in 4 s. The
// link is not idle meanwhile: it has a flow that waits for it.
TEST_F(FlowEngineTest, AFlowStallsWhileItsLinkIsCut) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 3000);
  at(1s, [&] { engine_->set_capacity(link, 0); });
  start_at(2s, {link}, 0);
  at(4s, [&] { engine_->set_capacity(link, 500); });
  run();
  EXPECT_EQ(ends_[0], 8s);
  EXPECT_EQ(ends_[1], 4s);
  EXPECT_EQ(engine_->usage(link).busy, 8s);
}

// a and b at 500 each until a is held at 1 s; b, 1 000 left of its 1 500, ends at 2 s. a has 500 of
// 1 000 left when it is released at 3 s, with the cap of 100 that it was given meanwhile: 5 s more.
TEST_F(FlowEngineTest, AFlowThatIsHeldLeavesItsShareToOthers) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 1000);
  start_at(0s, {link}, 1500);
  at(1s, [this] { engine_->hold(ids_[0]); });
  at(2s, [this] { engine_->set_cap(ids_[0], 100 * kMicro); });
  at(3s, [this] { engine_->release(ids_[0]); });
  run();
  EXPECT_EQ(ends_[0], 8s);
  EXPECT_EQ(ends_[1], 2s);
}

// The endless flow takes half until the other's 1 000 are done at 2 s, then all: 1 000 + 1 000 by
// 3 s, when it is cancelled.
TEST_F(FlowEngineTest, AnEndlessFlowSharesUntilItIsCancelled) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, kEndless);
  start_at(0s, {link}, 1000);
  at(1s, [this] { EXPECT_EQ(engine_->rate(ids_[0]), 500 * kMicro); });
  at(2500ms, [this] { EXPECT_EQ(engine_->end_events(), 0U); });
  at(3s, [this] { engine_->cancel(ids_[0]); });
  run();
  EXPECT_FALSE(ends_[0]);
  EXPECT_EQ(ends_[1], 2s);
  EXPECT_EQ(engine_->usage(link).units, 3000);
}

// Nothing is left to happen: the clock stops at the cut instead of spinning.
TEST_F(FlowEngineTest, ACutThatIsNeverMendedLeavesNoEvents) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 3000);
  at(1s, [&] { engine_->set_capacity(link, 0); });
  run();
  EXPECT_EQ(clock_.now(), TimePoint(1s));
  EXPECT_FALSE(ends_[0]);
  engine_->cancel(ids_[0]);
  EXPECT_EQ(engine_->usage(link).units, 1000);
}

// 1 000 units at 1 000 a second would end at 1 s; in that instant the capacity changes, after the
// end: it makes no difference.
TEST_F(FlowEngineTest, ACapacityThatChangesInTheInstantOfAnEndComesTooLate) {
  const ResourceId link = engine_->add_resource(1000);
  at(1s, [&] { engine_->set_capacity(link, 0); });
  start_at(0s, {link}, 1000);
  run();
  EXPECT_EQ(ends_[0], 1s);
}

// Two links in a row, 1 000 and 400: the slower one sets the pace, both are busy all along.
TEST_F(FlowEngineTest, ARouteIsAsFastAsItsSlowestResource) {
  const ResourceId fast = engine_->add_resource(1000);
  const ResourceId slow = engine_->add_resource(400);
  start_at(0s, {fast, slow}, 800);
  run();
  EXPECT_EQ(ends_[0], 2s);
  EXPECT_EQ(engine_->usage(fast).busy, 2s);
  EXPECT_EQ(engine_->usage(slow).units, 800);
}

TEST_F(FlowEngineTest, NothingTakesNoTime) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(1s, {link}, 0);
  start_at(0s, {link}, 2000);
  run();
  EXPECT_EQ(ends_[0], 1s);
  EXPECT_EQ(ends_[1], 2s);  // a share of no time is taken from nobody
}

// Busy from 0 to 1 s and from 3 s to 4 s; asked in the middle of the second flow it says so.
TEST_F(FlowEngineTest, BusyTimeLeavesOutTheGaps) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 1000);
  start_at(3s, {link}, 1000);
  ResourceUsage midway;
  at(3500ms, [&] { midway = engine_->usage(link); });
  run();
  EXPECT_EQ(midway.busy, 1500ms);
  EXPECT_EQ(midway.units, 1000);
  EXPECT_EQ(engine_->usage(link).busy, 2s);
}

// a and b at 500 each until a is cancelled at 1 s, with 500 carried; b has 1 500 left: 2.5 s.
TEST_F(FlowEngineTest, ACancelledFlowFreesItsShareAndIsNotHeardOfAgain) {
  const ResourceId link = engine_->add_resource(1000);
  start_at(0s, {link}, 5000);
  start_at(0s, {link}, 2000);
  at(1s, [this] { engine_->cancel(ids_[0]); });
  run();
  EXPECT_FALSE(ends_[0]);
  EXPECT_EQ(ends_[1], 2500ms);
  EXPECT_EQ(engine_->usage(link).units, 2500);
  EXPECT_EQ(engine_->usage(link).busy, 2500ms);
}

TEST_F(FlowEngineTest, AnEngineThatGoesTakesItsEventsAlong) {
  start_at(0s, {engine_->add_resource(1000)}, 5000);
  at(1s, [this] { engine_.reset(); });
  run();  // used to call into the engine that is gone
  EXPECT_FALSE(ends_[0]);
  EXPECT_EQ(clock_.now(), TimePoint(1s));
}

TEST_F(FlowEngineTest, RefusesWhatCannotBe) {
  const ResourceId link = engine_->add_resource(1000);
  EXPECT_THROW(engine_->add_resource(0), CheckFailure);
  EXPECT_THROW(engine_->add_resource(1LL << 62), CheckFailure);
  EXPECT_THROW(engine_->set_capacity(link, -1), CheckFailure);
  EXPECT_THROW(engine_->start({&link, 1}, -1, kNoCap, {}), CheckFailure);
}

struct Start {
  Duration when;
  std::vector<ResourceId> route;
  std::int64_t units;
  MicroRate cap;
};

std::vector<Start> random_starts(std::mt19937_64& random) {
  std::vector<Start> starts;
  for (int i = 0; i < 40; ++i) {
    const auto first = static_cast<ResourceId>(random() % 2);
    const auto second = static_cast<ResourceId>(2 + random() % 2);
    starts.push_back({Duration(1s) * static_cast<std::int64_t>(random() % 5),
                      {first, second},
                      static_cast<std::int64_t>(random() % 5000),
                      random() % 4 == 0 ? 50 * kMicro : kNoCap});
  }
  return starts;
}

// The same flows, many of them starting in the same instant, end at the same nanoseconds whatever
// the order in which they are handed over.
TEST_F(FlowEngineTest, TheOrderOfSimultaneousStartsDoesNotMatter) {
  for (const std::uint64_t seed : seeds(30)) {
    std::mt19937_64 random(seed);
    const std::vector<Start> starts = random_starts(random);
    std::vector<std::size_t> order(starts.size());
    std::iota(order.begin(), order.end(), 0);
    std::vector<std::vector<Duration>> outcomes;
    for (int attempt = 0; attempt < 2; ++attempt) {
      engine_ = std::make_unique<FlowEngine>(clock_);
      for (int link = 0; link < 4; ++link) engine_->add_resource(700 + 100 * link);
      const Duration begin = clock_.now().time_since_epoch();
      ends_.clear();
      for (const std::size_t i : order) {
        start_at(begin + starts[i].when, starts[i].route, starts[i].units, starts[i].cap);
      }
      run();
      auto& outcome = outcomes.emplace_back(starts.size());
      for (std::size_t i = 0; i < order.size(); ++i) outcome[order[i]] = ends_[i].value() - begin;
      std::ranges::shuffle(order, random);
    }
    EXPECT_EQ(outcomes[0], outcomes[1]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace gradwire
