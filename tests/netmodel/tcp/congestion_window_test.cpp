#include "netmodel/tcp/congestion_window.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRoundTrip = 100ms;

TcpSettings with(CongestionControl control) {
  TcpSettings settings;
  settings.congestion = control;
  return settings;
}

TimePoint at(Duration time) { return TimePoint(time); }

// 10, 20, 40, 80: by what is acknowledged, if at least half of the window was used.
TEST(CongestionWindow, SlowStartDoublesWhatIsUsed) {
  CongestionWindow window(TcpSettings{});
  EXPECT_EQ(window.segments(), 10.0);
  for (const double expected : {20.0, 40.0, 80.0}) {
    window.end_round(window.segments(), at(0s), kRoundTrip);
    EXPECT_EQ(window.segments(), expected);
  }
  window.end_round(39.0, at(0s), kRoundTrip);
  EXPECT_EQ(window.segments(), 80.0);
  window.end_round(40.0, at(0s), kRoundTrip);
  EXPECT_EQ(window.segments(), 120.0);
}

// Half of 80 is left, and one segment more each round trip.
TEST(CongestionWindow, RenoHalvesAndAddsOne) {
  CongestionWindow window(with(CongestionControl::reno));
  window.lose(80.0, at(1s));
  EXPECT_EQ(window.segments(), 40.0);
  window.end_round(40.0, at(1100ms), kRoundTrip);
  EXPECT_EQ(window.segments(), 41.0);
  window.end_round(20.0, at(1200ms), kRoundTrip);  // not used: does not grow
  EXPECT_EQ(window.segments(), 41.0);
}

// From 100 to 70. K = cbrt(100 * 0.3 / 0.4) = 4.217 s: then 100 again. One second after K:
// 100 + 0.4. The target at a time t is the curve at t + RTT.
TEST(CongestionWindow, CubicComesBackToItsLastWindowAfterK) {
  CongestionWindow window(with(CongestionControl::cubic));
  window.lose(100.0, at(0s));
  EXPECT_DOUBLE_EQ(window.segments(), 70.0);
  const double plateau = std::cbrt(75.0);
  window.end_round(70.0, at(std::chrono::nanoseconds(std::llround((plateau - 0.1) * 1e9))),
                   kRoundTrip);
  EXPECT_NEAR(window.segments(), 100.0, 1e-6);
  window.end_round(100.0, at(std::chrono::nanoseconds(std::llround((plateau + 0.9) * 1e9))),
                   kRoundTrip);
  EXPECT_NEAR(window.segments(), 100.4, 1e-6);
}

// Short round trips: Reno's growth is the faster one, 3 * 0.3 / 1.7 = 0.529 segments each. After
// 100 of 1 ms: 7 + 52.9 = 59.9, but one step is at most half of the window: 10.5.
TEST(CongestionWindow, CubicGrowsAtLeastAsReno) {
  CongestionWindow window(with(CongestionControl::cubic));
  window.lose(10.0, at(0s));
  window.end_round(7.0, at(5ms), 1ms);
  EXPECT_NEAR(window.segments(), 7.0 + 5 * 0.9 / 1.7, 1e-9);
  CongestionWindow jump(with(CongestionControl::cubic));
  jump.lose(10.0, at(0s));
  jump.end_round(7.0, at(100ms), 1ms);
  EXPECT_DOUBLE_EQ(jump.segments(), 10.5);
}

// A second loss below the last maximum: the curve aims at 0.85 of the window only.
TEST(CongestionWindow, FastConvergenceGivesWay) {
  CongestionWindow window(with(CongestionControl::cubic));
  window.lose(100.0, at(0s));
  window.lose(80.0, at(0s));
  EXPECT_DOUBLE_EQ(window.segments(), 56.0);
  const double plateau = std::cbrt((68.0 - 56.0) / 0.4);
  window.end_round(56.0, at(std::chrono::nanoseconds(std::llround((plateau - 1.0) * 1e9))), 1s);
  EXPECT_NEAR(window.segments(), 68.0, 1e-6);
}

TEST(CongestionWindow, ATimeoutBeginsWithOneAndSlowStartsToTheThreshold) {
  CongestionWindow window(with(CongestionControl::reno));
  window.time_out(40.0, at(0s));
  EXPECT_EQ(window.segments(), 1.0);
  for (const double expected : {2.0, 4.0, 8.0, 16.0, 20.0, 21.0}) {
    window.end_round(window.segments(), at(0s), kRoundTrip);
    EXPECT_EQ(window.segments(), expected);
  }
}

// 80 segments and a timeout of 300 ms: silent for 301 ms half of them, for 601 ms a quarter; never
// below the initial window.
TEST(CongestionWindow, EachTimeoutOfSilenceHalvesIt) {
  const std::pair<Duration, double> cases[] = {
      {300ms, 80.0}, {301ms, 40.0}, {601ms, 20.0}, {10s, 10.0}};
  for (const auto& [silence, expected] : cases) {
    CongestionWindow window(TcpSettings{});
    for (int i = 0; i < 3; ++i) window.end_round(window.segments(), at(0s), kRoundTrip);
    window.pause(silence, 300ms);
    EXPECT_EQ(window.segments(), expected) << to_string(silence);
  }
}

TEST(CongestionWindow, BbrDoesNotMindLossOrSilence) {
  CongestionWindow window(with(CongestionControl::bbr));
  window.end_round(10.0, at(0s), kRoundTrip);
  window.lose(20.0, at(0s));
  window.pause(10s, 300ms);
  EXPECT_EQ(window.segments(), 20.0);
}

// Four streams begin with 40 segments; one that loses takes an eighth of them away.
TEST(CongestionWindow, OfSeveralStreamsOneLoses) {
  TcpSettings settings = with(CongestionControl::reno);
  settings.streams = 4;
  CongestionWindow window(settings);
  EXPECT_EQ(window.segments(), 40.0);
  window.lose(80.0, at(0s));
  EXPECT_EQ(window.segments(), 70.0);
  window.end_round(70.0, at(100ms), kRoundTrip);
  EXPECT_EQ(window.segments(), 74.0);
}

}  // namespace
}  // namespace gradwire
