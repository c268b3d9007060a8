#include "sim/results/statistics.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

std::vector<double> one_to(int count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(Statistics, OneValueHasNoSpread) {
  const Summary summary = summarise({7});
  EXPECT_EQ(summary.count, 1);
  EXPECT_EQ(summary.median, 7);
  EXPECT_EQ(summary.low, 7);
  EXPECT_EQ(summary.high, 7);
  EXPECT_EQ(summary.spread, Spread::none);
}

TEST(Statistics, MedianOfOddAndEvenCounts) {
  EXPECT_EQ(summarise({9, 1, 4}).median, 4);
  EXPECT_EQ(summarise({9, 1, 4, 6}).median, 5);  // (4 + 6) / 2
}

TEST(Statistics, FiveValuesGiveTheRange) {
  const Summary summary = summarise({3, 1, 5, 2, 40});
  EXPECT_EQ(summary.median, 3);
  EXPECT_EQ(summary.low, 1);
  EXPECT_EQ(summary.high, 40);
  EXPECT_EQ(summary.spread, Spread::range);
}

TEST(Statistics, SixValuesGiveAnInterval) {
  // P(B(6, 1/2) < 1) = 1/64, twice that is 3.1 % <= 5 %; P(B < 2) = 7/64, twice is 21.9 %: rank 1.
  const Summary summary = summarise(one_to(6));
  EXPECT_EQ(summary.median, 3.5);
  EXPECT_EQ(summary.low, 1);
  EXPECT_EQ(summary.high, 6);
  EXPECT_EQ(summary.spread, Spread::interval95);
}

TEST(Statistics, NineValuesLeaveOutOneOnEachSide) {
  // 2 P(B(9, 1/2) < 2) = 2 (1 + 9) / 512 = 3.9 %; for rank 3: 2 (1 + 9 + 36) / 512 = 18 %.
  const Summary summary = summarise(one_to(9));
  EXPECT_EQ(summary.low, 2);
  EXPECT_EQ(summary.high, 8);
}

TEST(Statistics, RanksByHand) {
  EXPECT_EQ(median_interval_rank(5), 0);    // 2/32 = 6.3 % > 5 %
  EXPECT_EQ(median_interval_rank(8), 1);    // 2 (1 + 8) / 256 = 7.0 % > 5 %
  EXPECT_EQ(median_interval_rank(11), 2);   // 2 (1 + 11) / 2048 = 1.2 %, + 55: 6.5 % > 5 %
  EXPECT_EQ(median_interval_rank(12), 3);   // 2 (1 + 12 + 66) / 4096 = 3.9 %
  EXPECT_EQ(median_interval_rank(30), 10);  // 2 P(B < 10) = 4.3 %, 2 P(B < 11) = 9.9 %
  // From exact integers (analysis/summary.py), as is the rank 4902 of ten thousand.
  EXPECT_EQ(median_interval_rank(100), 40);
  EXPECT_EQ(median_interval_rank(1000), 469);
  EXPECT_EQ(median_interval_rank(10000), 4902);
}

TEST(Statistics, RefusesNothingAndWhatIsNotANumber) {
  EXPECT_THROW(summarise({}), CheckFailure);
  EXPECT_THROW(summarise({1, std::numeric_limits<double>::quiet_NaN()}), CheckFailure);
  EXPECT_THROW(summarise({std::numeric_limits<double>::infinity()}), CheckFailure);
}

}  // namespace
}  // namespace gradwire
