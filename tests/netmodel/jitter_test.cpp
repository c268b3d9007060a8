#include "netmodel/jitter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr int kDraws = 20'000;

std::vector<double> drawn(JitterShape shape) {
  RandomEngine random(7);
  std::vector<double> delays;
  for (int i = 0; i < kDraws; ++i) {
    delays.push_back(1e3 * to_seconds(draw_jitter(shape, 10ms, random)));
  }
  return delays;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double share_above(const std::vector<double>& values, double limit) {
  return static_cast<double>(
             std::ranges::count_if(values, [limit](double value) { return value > limit; })) /
         static_cast<double>(values.size());
}

// A standard error of 10 ms / sqrt(12 * 20000) = 0.02 ms of the mean.
TEST(Jitter, UniformIsFromNothingToAll) {
  const auto delays = drawn(JitterShape::uniform);
  EXPECT_NEAR(mean_of(delays), 5.0, 0.1);
  EXPECT_NEAR(deviation_of(delays), 10.0 / std::sqrt(12.0), 0.1);
  EXPECT_GE(*std::ranges::min_element(delays), 0.0);
  EXPECT_LE(*std::ranges::max_element(delays), 10.0);
}

// 15.9 % of a normal distribution are more than a deviation above its mean.
TEST(Jitter, NormalHasHalfAsMeanAndDeviation) {
  const auto delays = drawn(JitterShape::normal);
  EXPECT_NEAR(mean_of(delays), 5.0, 0.15);
  EXPECT_NEAR(deviation_of(delays), 5.0, 0.15);
  EXPECT_NEAR(share_above(delays, 10.0), 0.159, 0.01);
  EXPECT_GE(*std::ranges::min_element(delays), 5.0 - 4 * 5.0);
}

// x = (u^(-1/3) - 3/2) 4/3 deviations; u = 1 gives -2/3, the least; x > 1 where u < (9/4)^-3 = 8.8
// %.
TEST(Jitter, ParetoHasALongTailOnOneSide) {
  const auto delays = drawn(JitterShape::pareto);
  EXPECT_NEAR(mean_of(delays), 5.0, 0.3);
  EXPECT_NEAR(*std::ranges::min_element(delays), 5.0 - 2.0 / 3.0 * 5.0, 0.01);
  EXPECT_NEAR(share_above(delays, 10.0), 0.088, 0.01);
  EXPECT_LE(*std::ranges::max_element(delays), 5.0 + 4 * 5.0);
}

}  // namespace
}  // namespace gradwire
