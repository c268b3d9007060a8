#include <fstream>
#include <random>

#include "tests/netmodel/dynamics/dynamics_fixture.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

class NetworkEvents : public DynamicsTest {};

// Half of the message by 60.56 ms, the other half at half of the rate: 121.12 ms more.
TEST_F(NetworkEvents, ALowerRateSlowsWhatIsUnderWay) {
  event({60'560us, {}, SetLinks{{up(0)}, {.rate = BitsPerSecond{5'000'000}}}});
  const MessageTimes& times = message(0s, 0, 1);
  run();
  EXPECT_EQ(times.left, TimePoint(60'560us + 121'120us));
  EXPECT_EQ(times.arrived, times.left + 100us);
}

// The uplink of host 0 has 10 ms from 1 ms on, the downlink of host 1 its 50 us; the other way and
// host 2 have what they had.
TEST_F(NetworkEvents, AnotherLatencyHoldsForWhatLeavesFromThenOn) {
  event({1ms, {}, SetLinks{{up(0)}, {.latency = 10ms}}});
  const MessageTimes& there = message(0s, 0, 1);
  const MessageTimes& back = message(0s, 1, 0);
  const MessageTimes& later = message(1s, 0, 2);
  run();
  EXPECT_EQ(there.arrived, TimePoint(kAlone + 10'050us));
  EXPECT_EQ(back.arrived, TimePoint(kAlone + 100us));
  EXPECT_EQ(later.arrived, TimePoint(1s + kAlone + 10'050us));
}

TEST_F(NetworkEvents, JitterAndLossCanComeLater) {
  start({.events = {{1s, {}, SetLinks{{up(0)}, {.jitter = 50ms}}},
                    {1s, {}, SetLinks{{up(1)}, {.latency = 20ms, .loss = 0.05}}}},
         .traces = {},
         .background = {}});
  const MessageTimes& before = message(0s, 0, 1);
  const MessageTimes& after = message(2s, 0, 1);
  const MessageTimes& lossless = message(0s, 1, 2);
  const MessageTimes& lossy = message(2s, 1, 2);
  run();
  EXPECT_EQ(before.arrived - before.left, 100us);
  EXPECT_GT(after.arrived - after.left, 100us);
  EXPECT_LE(after.arrived - after.left, 50'100us);
  EXPECT_EQ(lossless.left, TimePoint(kAlone));
  EXPECT_GT(lossy.left, TimePoint(2s + 2 * kAlone));
}

// 50 ms of the 121.12 ms before the cut, the rest after it. What had left before arrives.
TEST_F(NetworkEvents, ACutHoldsWhatIsOnTheLinkUntilItIsRestored) {
  start({.events = {{50ms, {}, CutLinks{{down(1)}, {}}}, {3s, {}, RestoreLinks{{down(1)}}}},
         .traces = {},
         .background = {}});
  const MessageTimes& small = fixture_.message(49ms, 2, 1, 0);
  const MessageTimes& held = message(0s, 0, 1);
  const MessageTimes& elsewhere = message(1s, 1, 0);
  run();
  EXPECT_LT(small.arrived, TimePoint(50ms));
  // The small one had half of the link while it lasted: 90 bytes at 5 Mbit/s cost the other 72 us.
  EXPECT_EQ(held.left, TimePoint(kAlone + 72us + 2950ms));
  EXPECT_EQ(elsewhere.left, TimePoint(1s + kAlone));
  EXPECT_FALSE(fixture_.network().is_interrupted());
}

// Cut for the first 50 ms of every 100 ms: 50 ms of the message from 50 ms on, 50 ms from 150 ms
// on, the last 21.12 ms from 250 ms on.
TEST_F(NetworkEvents, AFlappingLinkWorksInBetween) {
  event({0s, 100ms, CutLinks{{up(0)}, 50ms}});
  const MessageTimes& times = message(0s, 0, 1);
  stop_at(1s);
  run();
  EXPECT_EQ(times.left, TimePoint(271'120us));
}

// Host 0 on one side until 1 s, hosts 1 and 2 on the other.
TEST_F(NetworkEvents, APartitionHoldsWhatWouldCrossIt) {
  event({50ms, {}, Partition{{0, 1, 1}, 950ms}});
  const MessageTimes& under_way = message(0s, 0, 1);
  const MessageTimes& within = message(100ms, 1, 2);
  const MessageTimes& begun_then = message(200ms, 2, 0);
  run();
  EXPECT_EQ(under_way.left, TimePoint(kAlone + 950ms));
  EXPECT_EQ(within.left, TimePoint(100ms + kAlone));
  EXPECT_EQ(begun_then.left, TimePoint(1s + kAlone));
}

TEST_F(NetworkEvents, RestoringAllEndsCutsAndPartition) {
  start({.events = {{0s, {}, CutLinks{{up(0), down(2)}, {}}},
                    {0s, {}, Partition{{0, 1, 2}, {}}},
                    {2s, {}, RestoreAll{}}},
         .traces = {},
         .background = {}});
  const MessageTimes& times = message(1s, 0, 2);
  run();
  EXPECT_EQ(times.left, TimePoint(2s + kAlone));
}

TEST_F(NetworkEvents, AHostThatLeavesIsNamedWithItsTime) {
  event({50ms, {}, Leave{1}});
  message(0s, 0, 1);
  try {
    run();
    FAIL() << "the loss was not noticed";
  } catch (const PeerLost& lost) {
    EXPECT_THAT(lost.what(), testing::HasSubstr("host vanished from the network at 50ms"));
  }
}

// The message waits for a link that stays cut, while another flaps for ever: that ends by itself.
TEST_F(NetworkEvents, ATrainingThatNothingCanMoveAnyMoreEnds) {
  start({.events = {{10ms, {}, CutLinks{{up(0)}, {}}}, {0s, 100ms, CutLinks{{up(2)}, 50ms}}},
         .traces = {},
         .background = {{2, 1, {}, 0s, {}, PoissonTraffic{10ms, {{1000}}}}}});
  message(0s, 0, 1);
  fixture_.run_events();
  EXPECT_FALSE(fixture_.tasks().done());
  EXPECT_TRUE(fixture_.network().is_interrupted());
  EXPECT_LT(fixture_.clock().now(), TimePoint(1s));
  dynamics_.reset();
  fixture_.tasks().cancel();
  fixture_.run_events();
}

// A link that works for 50 ms an hour is no standstill: the message takes three of these.
TEST_F(NetworkEvents, ALinkThatWorksRarelyIsNoStandstill) {
  event({0s, 1h, CutLinks{{up(0)}, 1h - 50ms}});
  const MessageTimes& times = message(0s, 0, 1);
  stop_at(4h);
  run();
  EXPECT_EQ(times.left, TimePoint(3h - 50ms + 21'120us));
}

// One message over a link whose rate changes at random, against the sum of rate times duration.
TEST(RandomNetworkEvents, AMessageTakesAsLongAsTheRatesAddUpTo) {
  for (const std::uint64_t seed : seeds(100)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    ModelledFixture fixture(equal_cables(2, k10Mbit, 50us));
    DynamicsSpec spec;
    __int128 left = __int128{1'211'200} * 1'000'000'000;  // bits times nanoseconds in a second
    std::int64_t rate = k10Mbit.count;
    Duration now{};
    while (left > 0) {
      const Duration next = now + Duration(static_cast<std::int64_t>(random() % 40'000'000));
      const __int128 possible = __int128{rate} * (next - now).count();
      if (rate > 0 && possible >= left) {
        now += Duration(static_cast<std::int64_t>((left + rate - 1) / rate));
        break;
      }
      left -= possible;
      now = next;
      rate = random() % 3 == 0 ? 0 : static_cast<std::int64_t>(random() % 20'000'000);
      // The other link has 10 Mbit/s.
      spec.events.push_back({now, {}, SetLinks{{0}, {.rate = BitsPerSecond{rate}}}});
      rate = std::min(rate, k10Mbit.count);
    }
    const MessageTimes& times = fixture.message(0s, 0, 1, kHundredSegments);
    NetworkDynamics dynamics(fixture.clock(), fixture.network(), spec, RandomStreams(1));
    fixture.run();
    EXPECT_EQ(times.left, TimePoint(now));
  }
}

}  // namespace
}  // namespace gradwire
