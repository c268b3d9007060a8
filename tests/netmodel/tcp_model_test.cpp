#include "netmodel/tcp_model.hpp"

#include <gtest/gtest.h>

namespace gradwire {
namespace {

using namespace std::chrono_literals;

// Every begun segment of 1448 bytes adds 66.
TEST(TcpModel, WireBytes) {
  EXPECT_EQ(wire_bytes({0}), Bytes{0});
  EXPECT_EQ(wire_bytes({1}), Bytes{67});
  EXPECT_EQ(wire_bytes({1448}), Bytes{1514});
  EXPECT_EQ(wire_bytes({1449}), Bytes{1449 + 2 * 66});
  // 2 MB: 1 382 segments, 1 381.2 rounded up.
  EXPECT_EQ(wire_bytes({2'000'000}), Bytes{2'000'000 + 1'382 * 66});
}

// 1514 bytes in 10 ms are 1 211 200 bit/s; sqrt(1.5 / 0.015) = 10.
TEST(TcpModel, LossLimitIsThatOfMathis) {
  EXPECT_EQ(loss_limit(0.015, 10ms), BitsPerSecond{12'112'000});
  // Half the delay, twice the rate; four times the loss, half of it.
  EXPECT_EQ(loss_limit(0.015, 5ms), BitsPerSecond{24'224'000});
  EXPECT_EQ(loss_limit(0.06, 10ms), BitsPerSecond{6'056'000});
}

TEST(TcpModel, NothingLimitsALosslessOrImmediateRoute) {
  EXPECT_FALSE(loss_limit(0.0, 10ms));
  EXPECT_FALSE(loss_limit(0.01, 0ms));
}

// 12 112 bits / 2 us * sqrt(1.5e9) = 2.3e14 bit/s: as millionths of a bit it did not fit 64 bits,
// and such a route got a negative rate.
TEST(TcpModel, ALimitAboveAnyLinkIsNone) {
  EXPECT_FALSE(loss_limit(1e-9, 2us));
  EXPECT_FALSE(loss_limit(1e-300, 1ns));
  EXPECT_TRUE(loss_limit(1e-3, 2us));
}

}  // namespace
}  // namespace gradwire
