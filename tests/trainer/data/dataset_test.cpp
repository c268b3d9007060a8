#include "trainer/data/dataset.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

Split three_samples() {
  return {
      .shape = {.width = 2}, .classes = 10, .pixels = {0, 255, 51, 102, 7, 8}, .labels = {4, 9, 1}};
}

TEST(Gather, TakesSamplesInTheGivenOrderAndNormalises) {
  std::vector<float> inputs(1000, -1);
  std::vector<std::int32_t> labels;
  gather(three_samples(), std::vector<std::int64_t>{1, 0, 1}, inputs, labels);
  EXPECT_EQ(labels, (std::vector<std::int32_t>{9, 4, 9}));
  // 51 / 255 = 0.2 and 102 / 255 = 0.4; (x - 0.1307) / 0.3081 of 0.2, 0.4, 0 and 1.
  const std::vector<double> expected = {0.0693 / 0.3081, 0.2693 / 0.3081, -0.1307 / 0.3081,
                                        0.8693 / 0.3081, 0.0693 / 0.3081, 0.2693 / 0.3081};
  ASSERT_EQ(inputs.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(inputs[i], expected[i], 1e-6);
}

TEST(Gather, EveryChannelHasItsScale) {
  const Split split{.shape = {2, 1, 2},
                    .classes = 2,
                    .scale = {{0.0F, 1.0F}, {0.2F, 0.5F}},
                    .pixels = {0, 255, 51, 102},
                    .labels = {1}};
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;
  gather(split, std::vector<std::int64_t>{0}, inputs, labels);
  // 0 and 1 as they are; 0.2 and 0.4 less 0.2, twice.
  const std::vector<double> expected = {0.0, 1.0, 0.0, 0.4};
  ASSERT_EQ(inputs.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(inputs[i], expected[i], 1e-6);
}

TEST(Gather, NothingGivesNothing) {
  std::vector<float> inputs(3);
  std::vector<std::int32_t> labels(3);
  gather(three_samples(), {}, inputs, labels);
  EXPECT_TRUE(inputs.empty());
  EXPECT_TRUE(labels.empty());
}

TEST(Gather, ChecksIndices) {
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;
  EXPECT_THROW(gather(three_samples(), std::vector<std::int64_t>{3}, inputs, labels), CheckFailure);
  EXPECT_THROW(gather(three_samples(), std::vector<std::int64_t>{-1}, inputs, labels),
               CheckFailure);
}

}  // namespace
}  // namespace gradwire
