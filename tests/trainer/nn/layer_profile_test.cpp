// Profiles of layers: what is refused, and how their gradients are put into buckets.
#include "trainer/nn/layer_profile.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "trainer/nn/model.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMebi = std::int64_t{1} << 18;  // parameters of a MiB

// 1 + 2 + 3 + 0 MiB; forward 10 ms each, backward 20 ms each.
LayerProfile four_layers() {
  LayerProfile profile;
  for (const std::int64_t size : {1, 2, 3, 0}) {
    profile.push_back({"layer", size * kMebi, 10ms, 20ms, 0.0});
  }
  return profile;
}

std::string refusal_of(const LayerProfile& profile) {
  try {
    validate(profile);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(LayerProfile, WithNothingToDoIsRefused) {
  EXPECT_EQ(refusal_of(four_layers()), "none");
  EXPECT_EQ(refusal_of({{"a", 0, 1ms, 1ms, 0.0}}),
            "no layer has parameters; allowed: at least one that has");
  EXPECT_EQ(refusal_of({{"a", 5, {}, {}, 0.0}}),
            "no layer takes any time; allowed: at least one that does");
  EXPECT_EQ(refusal_of({{"a", 5, 1ms, 1ms, 0.0}, {"b", 5, {}, {}, 1e6}}),
            "some layers have times, others flops; allowed: the same of all layers");
}

TEST(LayerProfile, OfTimesAddsThemUp) {
  EXPECT_TRUE(has_times(four_layers()));
  EXPECT_EQ(step_time(four_layers()), 120ms);
  EXPECT_FALSE(has_times({{"a", 5, {}, {}, 1e6}}));
}

// From the last layer on: 0 MiB is nothing yet; 3 MiB fill the first bucket, whose limit is 1 MiB;
// 2 MiB are less than 2.5 MiB; with 1 MiB more the second bucket is full, and nothing is left.
TEST(LayerProfile, FillsBucketsFromTheLastLayerOn) {
  const BackwardPlan plan = plan_backward(four_layers(), Bytes{5 << 19});
  EXPECT_THAT(plan.buckets, testing::ElementsAre(3 * kMebi, 3 * kMebi));
  EXPECT_DOUBLE_EQ(plan.forward_share, 40.0 / 120);
  ASSERT_EQ(plan.stages.size(), 4U);
  EXPECT_DOUBLE_EQ(plan.stages[0].ends_at, 60.0 / 120);
  EXPECT_DOUBLE_EQ(plan.stages[3].ends_at, 1.0);
  std::vector<int> ready;
  for (const BackwardStage& stage : plan.stages) ready.push_back(stage.buckets_ready);
  EXPECT_THAT(ready, testing::ElementsAre(0, 1, 1, 2));
}

TEST(LayerProfile, LeavesTheRestToTheLastBucket) {
  EXPECT_THAT(plan_backward(four_layers(), Bytes{1 << 30}).buckets,
              testing::ElementsAre(3 * kMebi, 3 * kMebi));
  EXPECT_THAT(plan_backward(four_layers(), Bytes{1}).buckets,
              testing::ElementsAre(3 * kMebi, 2 * kMebi, kMebi));
}

// The first layer has no parameters: what the others left is complete before its backward pass, but
// nothing says so before the pass is over.
TEST(LayerProfile, ClosesTheLastBucketWithThePass) {
  const BackwardPlan plan =
      plan_backward({{"a", 0, {}, {}, 1.0}, {"b", 7, {}, {}, 1.0}, {"c", 2 * kMebi, {}, {}, 1.0}},
                    Bytes{1 << 30});
  EXPECT_THAT(plan.buckets, testing::ElementsAre(2 * kMebi, 7));
  EXPECT_EQ(plan.stages[1].buckets_ready, 1);
  EXPECT_EQ(plan.stages[2].buckets_ready, 2);
}

// Backward: twice the operations of forward.
TEST(LayerProfile, IsAModelThatCanOnlyBeCosted) {
  ModelSpec spec{.input = {}, .layers = {}};
  spec.profile = {{"a", 3, {}, {}, 1e6}, {"b", 4, {}, {}, 2e6}};
  validate(spec);
  EXPECT_EQ(parameter_count(spec), 7);
  EXPECT_DOUBLE_EQ(flops_per_sample(spec), 9e6);
  EXPECT_EQ(signature(spec), "profile of 2 layers, 7 parameters");
  EXPECT_ANY_THROW(make_model(spec, 1));
}

}  // namespace
}  // namespace gradwire
