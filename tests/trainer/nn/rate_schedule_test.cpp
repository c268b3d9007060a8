#include "trainer/nn/rate_schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace gradwire {
namespace {

TEST(RateSchedule, ConstantStaysAfterALinearWarmUp) {
  const RateSchedule schedule{.warm_up = 4};
  EXPECT_EQ(rate_factor(schedule, 0), 0.25);
  EXPECT_EQ(rate_factor(schedule, 2), 0.75);
  EXPECT_EQ(rate_factor(schedule, 3), 1.0);
  EXPECT_EQ(rate_factor(schedule, 4), 1.0);
  EXPECT_EQ(rate_factor({}, 0), 1.0);
}

TEST(RateSchedule, StepsCountFromTheStartOfTheTraining) {
  const RateSchedule schedule{
      .kind = RateScheduleKind::step, .factor = 0.5, .every = 3, .warm_up = 2};
  EXPECT_EQ(rate_factor(schedule, 0), 0.5);   // warm-up: 1 of 2
  EXPECT_EQ(rate_factor(schedule, 2), 1.0);   // 0.5^0
  EXPECT_EQ(rate_factor(schedule, 3), 0.5);   // 0.5^1
  EXPECT_EQ(rate_factor(schedule, 8), 0.25);  // 0.5^2
}

TEST(RateSchedule, CosineFallsFromTheEndOfTheWarmUpToTheEndOfTheTraining) {
  const RateSchedule schedule{.kind = RateScheduleKind::cosine, .total = 10, .warm_up = 4};
  EXPECT_EQ(rate_factor(schedule, 4), 1.0);
  // A third of the way: (1 + cos(60 degrees)) / 2; half of it: (1 + 0) / 2.
  EXPECT_NEAR(rate_factor(schedule, 6), 0.75, 1e-15);
  EXPECT_NEAR(rate_factor(schedule, 7), 0.5, 1e-15);
  EXPECT_EQ(rate_factor(schedule, 10), 0.0);
  EXPECT_EQ(rate_factor(schedule, 11), 0.0);
}

TEST(RateSchedule, RefusesWhatIsOutOfRange) {
  EXPECT_NO_THROW(validate(RateSchedule{}));
  EXPECT_THROW(validate(RateSchedule{.factor = 0}), std::invalid_argument);
  EXPECT_THROW(validate(RateSchedule{.factor = 1.5}), std::invalid_argument);
  EXPECT_THROW(validate(RateSchedule{.every = 0}), std::invalid_argument);
  EXPECT_THROW(validate(RateSchedule{.total = 0}), std::invalid_argument);
  EXPECT_THROW(validate(RateSchedule{.warm_up = -1}), std::invalid_argument);
}

}  // namespace
}  // namespace gradwire
