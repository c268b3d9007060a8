#include "trainer/data/epoch_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

std::vector<std::int64_t> order(std::uint64_t seed, std::uint64_t epoch, std::int64_t samples) {
  const EpochOrder made(RandomStreams(seed), epoch, samples);
  return {made.indices().begin(), made.indices().end()};
}

TEST(EpochOrder, IsAPermutation) {
  for (const std::int64_t samples : {0, 1, 2, 1000}) {
    std::vector<std::int64_t> sorted = order(1, 0, samples);
    std::ranges::sort(sorted);
    ASSERT_EQ(static_cast<std::int64_t>(sorted.size()), samples);
    for (std::int64_t i = 0; i < samples; ++i) EXPECT_EQ(sorted[static_cast<std::size_t>(i)], i);
  }
}

TEST(EpochOrder, SeedAndEpochDecide) {
  EXPECT_EQ(order(1, 3, 100), order(1, 3, 100));
  EXPECT_NE(order(1, 3, 100), order(1, 4, 100));
  EXPECT_NE(order(1, 3, 100), order(2, 3, 100));
}

TEST(EpochOrder, EveryPermutationIsAsLikely) {
  // 6000 shuffles of 3: each of the 6 orders 1000 times, with a deviation of sqrt(6000 * 5/36)
  // = 29.
  std::map<std::vector<std::int64_t>, int> counts;
  for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) ++counts[order(1, epoch, 3)];
  ASSERT_EQ(counts.size(), 6U);
  for (const auto& [permutation, count] : counts) EXPECT_NEAR(count, 1000, 5 * 29);
}

TEST(EpochOrder, RangesAreParts) {
  const EpochOrder made(RandomStreams(1), 0, 10);
  EXPECT_EQ(made.size(), 10);
  const auto part = made.range(7, 3);
  ASSERT_EQ(part.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(part[i], made.indices()[7 + i]);
  EXPECT_TRUE(made.range(10, 0).empty());
  EXPECT_THROW(made.range(8, 3), CheckFailure);
  EXPECT_THROW(made.range(-1, 1), CheckFailure);
}

}  // namespace
}  // namespace gradwire
