#include "trainer/data/partition.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace gradwire {
namespace {

using Parts = std::vector<std::vector<std::int64_t>>;
using testing::ElementsAre;

constexpr int kClasses = 10;

// Sample i has the label i mod 10: blocks are not classes.
std::vector<std::uint8_t> labels_of(std::int64_t samples) {
  std::vector<std::uint8_t> labels;
  for (std::int64_t i = 0; i < samples; ++i) {
    labels.push_back(static_cast<std::uint8_t>(i % kClasses));
  }
  return labels;
}

Parts draw(const PartitionSpec& spec, int nodes, std::int64_t samples, std::uint64_t seed = 1,
           std::uint64_t number = 0) {
  const auto labels = labels_of(samples);
  return draw_partition(spec, nodes, {samples, kClasses, labels}, RandomStreams(seed), number);
}

std::vector<std::size_t> sizes(const Parts& parts) {
  std::vector<std::size_t> all;
  for (const auto& part : parts) all.push_back(part.size());
  return all;
}

std::set<std::int64_t> labels_at(const std::vector<std::int64_t>& part) {
  std::set<std::int64_t> labels;
  for (const std::int64_t sample : part) labels.insert(sample % kClasses);
  return labels;
}

TEST(Partition, EverySampleIsAtOneNodeWhateverTheKind) {
  std::uint64_t seed = 1;
  for (const PartitionKind kind : {PartitionKind::shuffle, PartitionKind::block,
                                   PartitionKind::labels, PartitionKind::dirichlet}) {
    for (const int nodes : {1, 2, 7, 40}) {
      for (const std::vector<double>& shares :
           {std::vector<double>{}, std::vector<double>(static_cast<std::size_t>(nodes), 3.0)}) {
        const Parts parts = draw({kind, kClasses, 0.05, shares, seed % 2 == 0}, nodes, 203, ++seed);
        std::vector<std::int64_t> all;
        for (const auto& part : parts) {
          EXPECT_FALSE(part.empty()) << to_string(kind) << " " << nodes << " seed " << seed;
          all.insert(all.end(), part.begin(), part.end());
        }
        std::ranges::sort(all);
        std::vector<std::int64_t> expected(203);
        std::iota(expected.begin(), expected.end(), 0);
        EXPECT_EQ(all, expected) << to_string(kind) << " " << nodes << " seed " << seed;
      }
    }
  }
}

TEST(Partition, BlocksFollowTheOrderOfTheDataAndTheShares) {
  // Of 10 samples, shares 1 : 2 : 2 end at 2, 6 and 10.
  EXPECT_THAT(draw({PartitionKind::block, 0, 0, {1, 2, 2}, false}, 3, 10),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3, 4, 5), ElementsAre(6, 7, 8, 9)));
  // Redrawn, they go round among the nodes, but stay contiguous, each of its node's size.
  std::set<std::int64_t> beginnings;
  for (std::uint64_t pass = 0; pass < 20; ++pass) {
    const Parts parts = draw({PartitionKind::block, 0, 0, {1, 2, 2}, true}, 3, 10, 1, pass);
    EXPECT_THAT(sizes(parts), ElementsAre(2, 4, 4));
    beginnings.insert(parts[0].front());
    for (const auto& part : parts) {
      EXPECT_EQ(part.back() - part.front() + 1, static_cast<std::int64_t>(part.size()));
    }
  }
  EXPECT_THAT(beginnings, ElementsAre(0, 4, 8));
}

TEST(Partition, ShufflingMixesTheLabels) {
  const Parts parts = draw({PartitionKind::shuffle, 0, 0, {}, false}, 4, 400);
  EXPECT_THAT(sizes(parts), ElementsAre(100, 100, 100, 100));
  for (const auto& part : parts) EXPECT_EQ(labels_at(part).size(), 10U);
}

TEST(Partition, ANodeHasItsNumberOfLabelsAndEveryLabelIsSomewhere) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    for (const auto& [nodes, count] : {std::pair{5, 2}, {7, 3}, {20, 1}, {3, 10}, {10, 9}}) {
      const Parts parts = draw({PartitionKind::labels, count, 0, {}, false}, nodes, 2000, seed);
      std::set<std::int64_t> all;
      for (const auto& part : parts) {
        const auto labels = labels_at(part);
        EXPECT_EQ(labels.size(), static_cast<std::size_t>(count)) << "seed " << seed;
        all.insert(labels.begin(), labels.end());
      }
      EXPECT_EQ(all.size(), 10U) << "seed " << seed << ", " << nodes << " nodes";
    }
  }
}

TEST(Partition, FiveNodesWithTwoLabelsEachShareNone) {
  // Ten labels are dealt once, 40 samples each.
  EXPECT_THAT(sizes(draw({PartitionKind::labels, 2, 0, {}, false}, 5, 400)),
              ElementsAre(80, 80, 80, 80, 80));
}

TEST(Partition, AlphaSaysHowUnequalTheLabelsAre) {
  // A share of a Dirichlet distribution over n nodes has the variance (n - 1) / (n^2 (n alpha +
  // 1)): for n = 4, 3 / 16 / (4 alpha + 1). Over 10 labels and 40 draws, 1600 shares.
  for (const double alpha : {0.1, 1.0, 100.0}) {
    double squares = 0.0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      const Parts parts = draw({PartitionKind::dirichlet, 0, alpha, {}, false}, 4, 10'000, seed);
      for (const auto& part : parts) {
        std::vector<int> counts(kClasses);
        for (const std::int64_t sample : part)
          ++counts[static_cast<std::size_t>(sample % kClasses)];
        for (const int count : counts) squares += (count / 1000.0 - 0.25) * (count / 1000.0 - 0.25);
      }
    }
    const double expected = 3.0 / 16 / (4 * alpha + 1);
    EXPECT_NEAR(squares / 1600, expected, 0.2 * expected) << "alpha " << alpha;
  }
}

TEST(Partition, DependsOnSeedAndDrawAlone) {
  for (const PartitionKind kind :
       {PartitionKind::shuffle, PartitionKind::labels, PartitionKind::dirichlet}) {
    const PartitionSpec spec{kind, 3, 0.5, {}, true};
    EXPECT_EQ(draw(spec, 5, 100, 1, 3), draw(spec, 5, 100, 1, 3));
    EXPECT_NE(draw(spec, 5, 100, 1, 3), draw(spec, 5, 100, 1, 4));
    EXPECT_NE(draw(spec, 5, 100, 1, 3), draw(spec, 5, 100, 2, 3));
  }
}

TEST(Partition, FewerSamplesThanNodesLeaveSomeEmpty) {
  const Parts parts = draw({PartitionKind::shuffle, 0, 0, {}, false}, 5, 3);
  EXPECT_EQ(std::ranges::count_if(parts, [](const auto& part) { return part.empty(); }), 2);
}

TEST(Partition, IdentityTellsAllPartsApart) {
  const std::vector<PartitionSpec> all = {{},
                                          {PartitionKind::block, 0, 0, {}, true},
                                          {PartitionKind::labels, 2, 0, {}, true},
                                          {PartitionKind::labels, 3, 0, {}, true},
                                          {PartitionKind::dirichlet, 0, 0.5, {}, true},
                                          {PartitionKind::dirichlet, 0, 0.25, {}, true},
                                          {PartitionKind::shuffle, 0, 0, {1, 2}, true},
                                          {PartitionKind::shuffle, 0, 0, {}, false}};
  std::set<std::string> identities;
  for (const PartitionSpec& spec : all) identities.insert(identity(spec));
  EXPECT_EQ(identities.size(), all.size());
}

}  // namespace
}  // namespace gradwire
