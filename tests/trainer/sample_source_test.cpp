#include "trainer/sample_source.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

namespace gradwire {
namespace {

SamplePlan plan_of(const PartitionSpec& partition) {
  SamplePlan plan;
  plan.samples = 50;
  plan.global_batch = 12;
  plan.training_nodes = 3;
  plan.epochs = 2;
  plan.partition = partition;
  return plan;
}

// All nodes over all steps of an epoch: what each took, and whether the totals agree.
std::vector<std::vector<std::int64_t>> epoch_of(const SamplePlan& plan, int epoch) {
  std::vector<std::vector<std::int64_t>> taken;
  std::vector<SampleSource> nodes;
  for (int node = 0; node < plan.training_nodes; ++node) {
    nodes.emplace_back(plan, RandomStreams(7), node);
    taken.emplace_back();
  }
  SampleSource server(plan, RandomStreams(7), std::nullopt);
  for (std::int64_t step = 0; step < plan.steps_per_epoch(); ++step) {
    std::int64_t sum = 0;
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      const SampleSource::Step samples = nodes[node].of_step(epoch, step);
      sum += static_cast<std::int64_t>(samples.own.size());
      EXPECT_LE(static_cast<std::int64_t>(samples.own.size()), nodes[node].largest_step());
      EXPECT_EQ(samples.total, server.of_step(epoch, step).total);
      taken[node].insert(taken[node].end(), samples.own.begin(), samples.own.end());
    }
    EXPECT_EQ(sum, server.of_step(epoch, step).total);
    EXPECT_TRUE(server.of_step(epoch, step).own.empty());
  }
  return taken;
}

TEST(SampleSource, APassTakesEverySampleOnce) {
  std::vector<std::int64_t> expected(50);
  std::iota(expected.begin(), expected.end(), 0);
  for (const PartitionSpec& partition :
       {PartitionSpec{}, PartitionSpec{PartitionKind::block, 0, 0, {}, false},
        PartitionSpec{PartitionKind::shuffle, 0, 0, {1, 3, 9}, true}}) {
    for (const int epoch : {0, 1}) {
      std::vector<std::int64_t> all;
      for (const auto& part : epoch_of(plan_of(partition), epoch)) {
        all.insert(all.end(), part.begin(), part.end());
      }
      std::ranges::sort(all);
      EXPECT_EQ(all, expected) << identity(partition);
    }
  }
}

TEST(SampleSource, WhatIsKeptStaysAtItsNodeInAnotherOrder) {
  const SamplePlan plan = plan_of({PartitionKind::shuffle, 0, 0, {}, false});
  auto first = epoch_of(plan, 0);
  auto second = epoch_of(plan, 1);
  for (std::size_t node = 0; node < 3; ++node) {
    EXPECT_NE(first[node], second[node]);
    std::ranges::sort(first[node]);
    std::ranges::sort(second[node]);
    EXPECT_EQ(first[node], second[node]);
  }
}

TEST(SampleSource, WhatIsRedrawnMoves) {
  const SamplePlan plan = plan_of({PartitionKind::block, 0, 0, {1, 2, 3}, true});
  auto sorted = [](std::vector<std::int64_t> values) {
    std::ranges::sort(values);
    return values;
  };
  bool moved = false;
  for (int epoch = 1; epoch < 6; ++epoch) {
    moved = moved || sorted(epoch_of(plan, 0)[0]) != sorted(epoch_of(plan, epoch)[0]);
  }
  EXPECT_TRUE(moved);
}

TEST(SampleSource, SharesSayHowManySamplesANodeTakesAStep) {
  // 50 samples at 1 : 4 are 10 and 40; a pass of batches of 12 has 5 steps: 2 and 8 samples each.
  SamplePlan plan = plan_of({PartitionKind::shuffle, 0, 0, {1, 4}, false});
  plan.training_nodes = 2;
  SampleSource small(plan, RandomStreams(1), 0);
  SampleSource large(plan, RandomStreams(1), 1);
  for (std::int64_t step = 0; step < 5; ++step) {
    EXPECT_EQ(small.of_step(0, step).own.size(), 2U);
    EXPECT_EQ(large.of_step(0, step).own.size(), 8U);
    EXPECT_EQ(small.of_step(0, step).total, 10);
  }
  EXPECT_EQ(large.largest_step(), 8);
}

// The samples of a step are those of a node that is alone.
TEST(SampleSource, ByFeaturesEveryNodeTakesEverySample) {
  SamplePlan plan = plan_of({.kind = PartitionKind::features});
  SampleSource first(plan, RandomStreams(1), 0);
  SampleSource last(plan, RandomStreams(1), 2);
  SamplePlan plan_alone = plan_of({});
  plan_alone.training_nodes = 1;
  SampleSource alone(plan_alone, RandomStreams(1), 0);
  EXPECT_EQ(first.largest_step(), 12);
  for (std::int64_t step = 0; step < plan.steps_per_epoch(); ++step) {
    const SampleSource::Step expected = alone.of_step(1, step);
    EXPECT_THAT(first.of_step(1, step).own, testing::ElementsAreArray(expected.own));
    EXPECT_THAT(last.of_step(1, step).own, testing::ElementsAreArray(expected.own));
    EXPECT_EQ(last.of_step(1, step).total, expected.total);
  }
}

TEST(SampleSource, FixedStepsGoOnAcrossEpochs) {
  // Epochs of 3 steps over passes of 5: step 2 of epoch 1 is the first of the second pass.
  SamplePlan plan = plan_of({PartitionKind::block, 0, 0, {}, false});
  plan.fixed_steps = 3;
  SampleSource source(plan, RandomStreams(1), 0);
  SamplePlan passes = plan;
  passes.fixed_steps.reset();
  SampleSource by_pass(passes, RandomStreams(1), 0);
  const auto copy = [](std::span<const std::int64_t> own) {
    return std::vector<std::int64_t>(own.begin(), own.end());
  };
  EXPECT_EQ(copy(source.of_step(1, 0).own), copy(by_pass.of_step(0, 3).own));
  EXPECT_EQ(copy(source.of_step(1, 2).own), copy(by_pass.of_step(1, 0).own));
}

TEST(SamplePlan, CutsAPassIntoStepsAndShares) {
  const SamplePlan pass{
      .samples = 105, .global_batch = 50, .training_nodes = 3, .epochs = 2, .fixed_steps = {}};
  EXPECT_EQ(pass.steps_per_epoch(), 3);
  EXPECT_EQ(pass.steps(), 6);
  EXPECT_EQ(samples_of_step(pass, 0, 2), (SampleRange{100, 5}));
  EXPECT_EQ(samples_of_step(pass, 1, 0), (SampleRange{105, 50}));
  EXPECT_EQ(share_of({100, 5}, 0, 3), (SampleRange{100, 1}));
  EXPECT_EQ(share_of({100, 5}, 2, 3), (SampleRange{103, 2}));
  const SamplePlan fixed{
      .samples = 105, .global_batch = 50, .training_nodes = 1, .epochs = 2, .fixed_steps = 4};
  EXPECT_EQ(fixed.steps(), 8);
  EXPECT_EQ(samples_of_step(fixed, 1, 1), (SampleRange{250, 50}));
}

TEST(SampleSequence, GoesOnFromOneShuffledPassToTheNext) {
  const RandomStreams streams(4);
  SampleSequence sequence(streams, 10);
  const auto across = sequence.indices({7, 6});
  const EpochOrder first(streams, 0, 10);
  const EpochOrder second(streams, 1, 10);
  const std::vector<std::int64_t> expected = {first.indices()[7],  first.indices()[8],
                                              first.indices()[9],  second.indices()[0],
                                              second.indices()[1], second.indices()[2]};
  EXPECT_EQ(across, expected);
}

}  // namespace
}  // namespace gradwire
