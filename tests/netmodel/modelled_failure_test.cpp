// Hosts that vanish, senders that give up, and a network that goes, in virtual time.
#include <gmock/gmock.h>

#include <map>

#include "netmodel/transports/collective_members.hpp"
#include "netmodel/transports/modelled_endpoint.hpp"
#include "tests/netmodel/modelled_fixture.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr BitsPerSecond k10Mbit{10'000'000};
constexpr Tag kTag{1};

Task<void> disconnect_at(ModelledFixture& fixture, Duration when, Rank rank) {
  co_await fixture.clock().sleep_until(TimePoint(when));
  fixture.network().disconnect(rank);
}

struct Loss {
  std::optional<Rank> peer;
  TimePoint when{};
};

Task<void> send_until_lost(ModelledFixture& fixture, Rank from, Rank to, Loss& loss) {
  try {
    co_await fixture.network().endpoint(from).send(to, kTag, Message::timing_only({100'000'000}));
  } catch (const PeerLost& lost) {
    loss = {lost.peer(), fixture.clock().now()};
  }
}

// 100 MB at 10 Mbit/s would take over a minute; the receiver vanishes after 1 s.
TEST(ModelledFailure, ASenderLearnsAtOnceThatItsReceiverHasVanished) {
  ModelledFixture fixture(equal_cables(3, k10Mbit, 50us));
  Loss loss;
  fixture.tasks().spawn(send_until_lost(fixture, 0, 1, loss));
  fixture.tasks().spawn(disconnect_at(fixture, 1s, 1));
  fixture.run();
  EXPECT_EQ(loss.peer, 1);
  EXPECT_EQ(loss.when, TimePoint(1s));
}

// The message to the host that vanishes at 1 s frees the uplink: the other, 872 us long alone
// (1 000 bytes, as in modelled_network_test), does not share it any more.
TEST(ModelledFailure, TheMessagesOfAVanishedHostFreeTheirLinks) {
  ModelledFixture fixture(equal_cables(3, k10Mbit, 50us));
  Loss loss;
  fixture.tasks().spawn(send_until_lost(fixture, 0, 1, loss));
  fixture.tasks().spawn(disconnect_at(fixture, 1s, 1));
  const MessageTimes& other = fixture.message(2s, 0, 2, 1000);
  fixture.run();
  EXPECT_EQ(other.left, TimePoint(2s + 872us));
  EXPECT_EQ(fixture.network().usage()[0].busy, 1s + 872us);
}

// Drained at 872 us, due at 972 us, and its sender vanishes in between.
TEST(ModelledFailure, WhatIsInTheAirWhenItsSenderVanishesIsLost) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
  std::optional<Rank> lost_peer;
  fixture.tasks().spawn([](ModelledFixture& fixture) -> Task<void> {
    co_await fixture.network().endpoint(0).send(1, kTag, Message::timing_only({1000}));
  }(fixture));
  fixture.tasks().spawn([](ModelledFixture& fixture, std::optional<Rank>& lost_peer) -> Task<void> {
    try {
      co_await fixture.network().endpoint(1).receive(0, kTag);
    } catch (const PeerLost& lost) {
      lost_peer = lost.peer();
    }
  }(fixture, lost_peer));
  fixture.tasks().spawn(disconnect_at(fixture, 900us, 0));
  fixture.run();
  EXPECT_EQ(lost_peer, 0);
  EXPECT_EQ(fixture.network().delivered(), 0);
  EXPECT_EQ(fixture.clock().now(), TimePoint(900us));
}

TEST(ModelledFailure, ASendToAVanishedHostFails) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
  fixture.network().disconnect(1);
  Loss there;
  Loss back;
  fixture.tasks().spawn(send_until_lost(fixture, 0, 1, there));
  fixture.tasks().spawn(send_until_lost(fixture, 1, 0, back));
  fixture.run();
  EXPECT_EQ(there.peer, 1);
  EXPECT_EQ(back.peer, 0);
}

TEST(ModelledFailure, ACancelledSendStillArrives) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
  bool in_time = true;
  TimePoint arrived{};
  fixture.tasks().spawn([](ModelledFixture& fixture, bool& in_time) -> Task<void> {
    in_time = co_await finishes_by(
        fixture.clock(), TimePoint(100us),
        fixture.network().endpoint(0).send(1, kTag, Message::timing_only({1000})));
    EXPECT_EQ(fixture.clock().now(), TimePoint(100us));
  }(fixture, in_time));
  fixture.tasks().spawn([](ModelledFixture& fixture, TimePoint& arrived) -> Task<void> {
    co_await fixture.network().endpoint(1).receive(0, kTag);
    arrived = fixture.clock().now();
  }(fixture, arrived));
  fixture.run();
  EXPECT_FALSE(in_time);
  EXPECT_EQ(arrived, TimePoint(972us));
}

struct CountingListener final : TransferListener {
  void drained(Rank, Rank, std::uint64_t) override { ++drains; }
  void delivered(Rank, Rank, std::uint64_t, Message) override { ++deliveries; }
  void dropped(Rank, Rank, std::uint64_t) override { ++drops; }
  int drains = 0;
  int deliveries = 0;
  int drops = 0;
};

// Three on one connection: the first has arrived, the second is in the air, the third is under way.
TEST(ModelledFailure, ADroppedMessageIsReportedOnce) {
  ModelledFixture fixture(equal_cables(3, k10Mbit, 500us));
  CountingListener listener;
  for (std::uint64_t i = 0; i < 3; ++i) {
    fixture.network().transfer(0, 1, i, Message::timing_only({1000}), listener);
  }
  fixture.tasks().spawn(disconnect_at(fixture, 2 * 872us + 200us, 1));
  fixture.run();
  EXPECT_EQ(listener.drains, 2);
  EXPECT_EQ(listener.deliveries, 1);
  EXPECT_EQ(listener.drops, 2);
}

TEST(ModelledFailure, ANetworkThatGoesTakesItsEventsAlong) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 500us));
  CountingListener listener;
  for (std::uint64_t i = 0; i < 3; ++i) {
    fixture.network().transfer(0, 1, i, Message::timing_only({1000}), listener);
  }
  fixture.tasks().spawn([](ModelledFixture& fixture) -> Task<void> {
    co_await fixture.clock().sleep_until(TimePoint(1ms));
    fixture.destroy_network();
  }(fixture));
  fixture.run();  // used to call into the network that is gone
  EXPECT_EQ(listener.drains, 1);
  EXPECT_EQ(listener.deliveries, 0);
  EXPECT_EQ(fixture.clock().now(), TimePoint(1ms));
}

// Two ranks exchange their buffers and sum what arrives.
class Exchange final : public Schedule {
 public:
  int ranks() const override { return 2; }
  std::int64_t elements() const override { return 4; }
  int steps() const override { return 1; }
  void describe(Rank rank, int /*index*/, Step& step) const override {
    step.sends = {{1 - rank, {0, 4}}};
    step.receives = {{1 - rank, {0, 4}, Combine::sum}};
  }
};

// Takes 10 ms, and works at the end of it.
class SlowReducer final : public Reducer {
 public:
  explicit SlowReducer(VirtualClock& clock) : clock_(clock) {}
  void start(Bytes /*amount*/, std::function<void()> work, std::function<void()> done) override {
    work_ = std::move(work);
    done_ = std::move(done);
    clock_.at(clock_.now() + 10ms, {[](void* self, std::uint64_t) {
                                      auto& reducer = *static_cast<SlowReducer*>(self);
                                      reducer.work_();
                                      std::exchange(reducer.done_, nullptr)();
                                    },
                                    this});
  }

 private:
  VirtualClock& clock_;
  std::function<void()> work_;
  std::function<void()> done_;
};

Task<void> exchange(ModelledFixture& fixture, Rank rank, const Schedule& schedule) {
  SlowReducer reducer(fixture.clock());
  std::vector<float> values(4, 1.0F);
  co_await fixture.network().endpoint(rank).execute(schedule, {values}, reducer);
  EXPECT_EQ(values, std::vector<float>(4, 2.0F));
}

// 16 + 24 + 66 bytes: 84.8 us on the wire and 100 us of latency; then it sums until 10.1848 ms. The
// caller's reducer and buffer are in use until then, so a cancelled rank has to stay as long.
TEST(ModelledFailure, ARankThatIsCancelledWhileItSumsWaitsForTheSum) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
  const Exchange schedule;
  bool in_time = true;
  fixture.tasks().spawn(exchange(fixture, 0, schedule));
  fixture.tasks().spawn([](ModelledFixture& fixture, const Schedule& schedule,
                           bool& in_time) -> Task<void> {
    in_time = co_await finishes_by(fixture.clock(), TimePoint(5ms), exchange(fixture, 1, schedule));
    EXPECT_EQ(fixture.clock().now(), TimePoint(10'184'800ns));
  }(fixture, schedule, in_time));
  fixture.run();
  EXPECT_FALSE(in_time);
}

// What became of ranks without coroutines.
class Ends final : public CollectiveListener {
 public:
  explicit Ends(VirtualClock& clock) : clock_(clock) {}
  void collective_over(Rank rank, const PhaseTimes& /*times*/) override { over_.push_back(rank); }
  void collective_lost(Rank rank, Rank peer) override { losses_[rank] = {peer, clock_.now()}; }
  const std::vector<Rank>& over() const { return over_; }
  const std::map<Rank, Loss>& losses() const { return losses_; }

 private:
  VirtualClock& clock_;
  std::vector<Rank> over_;
  std::map<Rank, Loss> losses_;
};

// Rank 1 never comes and vanishes at 1 s: rank 0 learns of it then, and once more when it begins
// the next collective.
TEST(ModelledFailure, ARankWithoutACoroutineLearnsThatItsPeerHasVanished) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
  const Exchange schedule;
  SlowReducer reducer(fixture.clock());
  Ends ends(fixture.clock());
  fixture.network().execute(0, schedule, reducer, ends);
  fixture.tasks().spawn(disconnect_at(fixture, 1s, 1));
  fixture.run();
  ASSERT_EQ(ends.losses().size(), 1U);
  EXPECT_EQ(ends.losses().at(0).peer, 1);
  EXPECT_EQ(ends.losses().at(0).when, TimePoint(1s));
  Ends later(fixture.clock());
  fixture.network().execute(0, schedule, reducer, later);
  EXPECT_TRUE(later.losses().empty());  // not before it returns
  fixture.run();
  EXPECT_EQ(later.losses().at(0).peer, 1);
  EXPECT_TRUE(ends.over().empty() && later.over().empty());
}

TEST(ModelledFailure, ANetworkThatGoesTellsNobodyOfItsCollectives) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
  const Exchange schedule;
  SlowReducer reducer(fixture.clock());
  Ends ends(fixture.clock());
  fixture.network().disconnect(1);
  fixture.network().execute(0, schedule, reducer, ends);
  fixture.destroy_network();
  fixture.run_events();
  EXPECT_TRUE(ends.losses().empty());
}

TEST(ModelledFailure, ARankThatSumsWhenItsPeerVanishesFailsAfterTheSum) {
  ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
  const Exchange schedule;
  std::optional<Rank> lost_peer;
  fixture.tasks().spawn([](ModelledFixture& fixture, const Schedule& schedule,
                           std::optional<Rank>& lost_peer) -> Task<void> {
    try {
      co_await exchange(fixture, 0, schedule);
    } catch (const PeerLost& lost) {
      lost_peer = lost.peer();
    }
    EXPECT_EQ(fixture.clock().now(), TimePoint(10'184'800ns));
  }(fixture, schedule, lost_peer));
  fixture.tasks().spawn([](ModelledFixture& fixture, const Schedule& schedule) -> Task<void> {
    try {
      co_await exchange(fixture, 1, schedule);
    } catch (const PeerLost&) {
    }
  }(fixture, schedule));
  fixture.tasks().spawn(disconnect_at(fixture, 5ms, 1));
  fixture.run();
  EXPECT_EQ(lost_peer, 1);
}

}  // namespace
}  // namespace gradwire
