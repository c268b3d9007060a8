#include <cmath>

#include "tests/netmodel/dynamics/dynamics_fixture.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

class Background : public DynamicsTest {
 protected:
  // What crossed host 2's uplink in a second of this traffic.
  Bytes carried_in_a_second(const BackgroundFlow& flow, std::uint64_t seed) {
    ModelledFixture fixture(equal_cables(3, k10Mbit, 50us));
    DynamicsSpec spec{.events = {}, .traces = {}, .background = {flow}};
    NetworkDynamics dynamics(fixture.clock(), fixture.network(), spec, RandomStreams(seed));
    fixture.clock().at(TimePoint(1s), {[](void* dynamics, std::uint64_t) {
                                         static_cast<NetworkDynamics*>(dynamics)->stop();
                                       },
                                       &dynamics});
    fixture.message(999ms, 0, 1, 10);  // the training is still there
    fixture.run();
    return fixture.network().usage()[up(2)].bytes;
  }
};

// Half of the downlink of host 1 is left.
TEST_F(Background, AGreedyFlowTakesAFairShare) {
  background({2, 1, {}, 0s, {}, SteadyTraffic{}});
  const MessageTimes& times = message(0s, 0, 1);
  stop_at(1s);
  run();
  EXPECT_EQ(times.left, TimePoint(2 * kAlone));
}

// 7.5 of 10 Mbit/s are left: 161.493 333... ms, rounded up to a nanosecond.
TEST_F(Background, AConstantRateLeavesTheRest) {
  background({2, 1, BitsPerSecond{2'500'000}, 0s, {}, SteadyTraffic{}});
  const MessageTimes& times = message(0s, 0, 1);
  stop_at(1s);
  run();
  EXPECT_EQ(times.left, TimePoint(161'493'334ns));
  EXPECT_EQ(fixture_.network().usage()[up(2)].bytes, Bytes{312'500});
}

// Half of the rate from 50 ms to 70 ms only: 10 ms more in all.
TEST_F(Background, ItBeginsAndEndsWhenItIsToldTo) {
  background({2, 1, {}, 50ms, 20ms, SteadyTraffic{}});
  const MessageTimes& times = message(0s, 0, 1);
  run();
  EXPECT_EQ(times.left, TimePoint(kAlone + 10ms));
}

// 10 ms on, 30 ms off: in each 40 ms as much as in 35 ms alone. After 120 ms 105 ms of the message
// are through; 5 ms more by 130 ms, and 11.12 ms are left: 141.12 ms.
TEST_F(Background, OnAndOffTakeTurns) {
  background({2, 1, {}, 0s, {}, OnOffTraffic{10ms, 30ms, false}});
  const MessageTimes& times = message(0s, 0, 1);
  stop_at(1s);
  run();
  EXPECT_EQ(times.left, TimePoint(141'120us));
}

// A thousand transfers of 100 bytes a second: the number that begins in a second has the variance
// 1 000, so that it lies within 5 standard deviations, 158, of that; the same for the mean over two
// sizes.
TEST_F(Background, PoissonArrivalsHaveTheLoadThatWasAskedFor) {
  const BackgroundFlow flow{2, 1, {}, 0s, {}, PoissonTraffic{1ms, {{100}, {300}}}};
  const double expected = 200.0 * 1000;
  const double deviation = std::sqrt(1000.0 * (100.0 * 100 + 300.0 * 300) / 2);
  const Bytes first = carried_in_a_second(flow, 1);
  EXPECT_NEAR(static_cast<double>(first.count), expected, 5 * deviation);
  EXPECT_EQ(carried_in_a_second(flow, 1), first);
  EXPECT_NE(carried_in_a_second(flow, 2), first);
}

// Drawn durations with the means 1 ms and 3 ms: a quarter of the time on, within what some 250
// turns can be off by.
TEST_F(Background, DrawnDurationsHaveTheirMeans) {
  const BackgroundFlow flow{2, 1, {}, 0s, {}, OnOffTraffic{1ms, 3ms, true}};
  const double whole = 10e6 / 8;
  EXPECT_NEAR(static_cast<double>(carried_in_a_second(flow, 7).count), whole / 4, whole / 12);
}

// Transfers that wait for a cut link go on when it is restored.
TEST_F(Background, TransfersWaitForALinkThatIsCut) {
  start({.events = {{0s, {}, CutLinks{{up(2)}, 500ms}}},
         .traces = {},
         .background = {{2, 1, {}, 0s, 100ms, PoissonTraffic{10ms, {{1000}}}}}});
  message(400ms, 0, 1);
  run();
  EXPECT_GT(fixture_.network().usage()[up(2)].bytes.count, 0);
  EXPECT_EQ(fixture_.network().usage()[up(2)].bytes.count % 1000, 0);
}

}  // namespace
}  // namespace gradwire
