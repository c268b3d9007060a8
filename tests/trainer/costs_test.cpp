#include "trainer/costs.hpp"

#include <gtest/gtest.h>

namespace gradwire {
namespace {

using namespace std::chrono_literals;

TEST(StepCost, IsLinearBetweenMeasurementsAndProportionalBeyond) {
  const StepCost cost({{10, 1ms}, {30, 2ms}});
  EXPECT_EQ(cost.of(0), 0ms);
  EXPECT_EQ(cost.of(5), 500us);
  EXPECT_EQ(cost.of(10), 1ms);
  EXPECT_EQ(cost.of(20), 1500us);
  EXPECT_EQ(cost.of(60), 4ms);
}

}  // namespace
}  // namespace gradwire
