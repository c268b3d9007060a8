#include "netmodel/tcp/loss_limit.hpp"

#include <gtest/gtest.h>

#include "netmodel/check.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTimeout = 210ms;

std::optional<BitsPerSecond> mathis(double loss, Duration round_trip) {
  return loss_limit(LossModel::mathis, {loss, round_trip, kTimeout});
}

// Every begun segment of 1448 bytes adds 66; every begun RDMA packet of 4096 adds 26.
TEST(PacketFormat, WireBytes) {
  EXPECT_EQ(wire_bytes({0}), Bytes{0});
  EXPECT_EQ(wire_bytes({1}), Bytes{67});
  EXPECT_EQ(wire_bytes({1448}), Bytes{1514});
  EXPECT_EQ(wire_bytes({1449}), Bytes{1449 + 2 * 66});
  // 2 MB: 1 382 segments, 1 381.2 rounded up.
  EXPECT_EQ(wire_bytes({2'000'000}), Bytes{2'000'000 + 1'382 * 66});
  EXPECT_EQ(kRdmaPackets.wire_bytes({4097}), Bytes{4097 + 2 * 26});
}

// 1514 bytes in 10 ms are 1 211 200 bit/s; sqrt(1.5 / 0.015) = 10.
TEST(LossLimit, OfMathis) {
  EXPECT_EQ(mathis(0.015, 10ms), BitsPerSecond{12'112'000});
  // Half the delay, twice the rate; four times the loss, half of it.
  EXPECT_EQ(mathis(0.015, 5ms), BitsPerSecond{24'224'000});
  EXPECT_EQ(mathis(0.06, 10ms), BitsPerSecond{6'056'000});
}

// p = 0.015, RTT = 10 ms, T0 = 210 ms. sqrt(2 p / 3) = 0.1; 3 sqrt(3 p / 8) = 0.225;
// p (1 + 32 p^2) = 0.015108; so 10 ms / (1 ms + 210 ms * 0.225 * 0.015108) = 10 / 1.71385.
TEST(LossLimit, OfPftkCountsTimeouts) {
  EXPECT_NEAR(pftk_window({0.015, 10ms, kTimeout}), 10.0 / 1.71385, 1e-3);
  // Without time for timeouts it is that of Mathis.
  EXPECT_NEAR(pftk_window({0.015, 10ms, 0ms}), mathis_window(0.015), 1e-9);
}

// C (3 + beta) / (4 (1 - beta)) = 0.4 * 3.7 / 1.2 = 1.2333; its fourth root 1.05382. RTT 100 ms and
// p = 1e-4: (0.1 / 1e-4)^0.75 = 177.83; 187.40 segments (RFC 9438, table 3: 187 for these).
TEST(LossLimit, OfCubicIsNotLessThanThatOfReno) {
  EXPECT_NEAR(cubic_window({1e-4, 100ms, kTimeout}), 187.40, 0.01);
  // RTT 1 ms: 5.9 by the curve, 122.5 by the square root.
  EXPECT_NEAR(cubic_window({1e-4, 1ms, kTimeout}), 122.47, 0.01);
}

TEST(LossLimit, NothingLimitsALosslessOrImmediateRoute) {
  EXPECT_FALSE(mathis(0.0, 10ms));
  EXPECT_FALSE(mathis(0.01, 0ms));
}

// 12 112 bits / 2 us * sqrt(1.5e9) = 2.3e14 bit/s: as millionths of a bit it did not fit 64 bits,
// and such a route got a negative rate.
TEST(LossLimit, AboveAnyLinkIsNone) {
  EXPECT_FALSE(mathis(1e-9, 2us));
  EXPECT_FALSE(mathis(1e-300, 1ns));
  EXPECT_TRUE(mathis(1e-3, 2us));
}

TEST(LossLimit, DrawnLossesHaveNone) {
  EXPECT_THROW(loss_limit(LossModel::drawn, {0.01, 10ms, kTimeout}), CheckFailure);
}

}  // namespace
}  // namespace gradwire
