#include "trainer/quality/consensus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using testing::Each;
using testing::SizeIs;
using Text = std::vector<std::int32_t>;

constexpr std::int32_t kStart = 1;
constexpr std::int32_t kEnd = 2;

RandomEngine engine() { return RandomStreams(3).stream("captions"); }

TEST(TextSampler, DrawsWordsAsOftenAsTheyAreLikely) {
  constexpr int kTexts = 8000;
  TextSampler sampler({kStart, kEnd, 1}, kTexts, engine());
  // Of 8 parts: none, none, 1, 3, 4.
  const std::vector<float> next = {-HUGE_VALF, -HUGE_VALF, std::log(1.0F), std::log(3.0F),
                                   std::log(4.0F)};
  sampler.extend(std::vector(kTexts, next));
  EXPECT_TRUE(sampler.open().empty());
  ASSERT_THAT(sampler.texts(), SizeIs(kTexts));
  // Binomial: deviations of at most sqrt(8000 / 4) = 44.7.
  EXPECT_NEAR(std::ranges::count(sampler.texts(), Text{}), 1000, 5 * 45);
  EXPECT_NEAR(std::ranges::count(sampler.texts(), Text{3}), 3000, 5 * 45);
  EXPECT_NEAR(std::ranges::count(sampler.texts(), Text{4}), 4000, 5 * 45);
}

TEST(TextSampler, DrawsLikelierWordsAtALowerTemperature) {
  constexpr int kTexts = 8000;
  TextSampler sampler({kStart, kEnd, 1}, kTexts, engine(), 0.5);
  // 1 : 3, squared 1 : 9.
  const std::vector<float> next = {-HUGE_VALF, -HUGE_VALF, -HUGE_VALF, std::log(1.0F),
                                   std::log(3.0F)};
  sampler.extend(std::vector(kTexts, next));
  // Binomial: a deviation of sqrt(8000 x 0.09) = 26.8.
  EXPECT_NEAR(std::ranges::count(sampler.texts(), Text{3}), 800, 5 * 27);
  EXPECT_NEAR(std::ranges::count(sampler.texts(), Text{4}), 7200, 5 * 27);
  EXPECT_THROW(TextSampler({kStart, kEnd, 1}, 1, engine(), 0.0), CheckFailure);
}

TEST(TextSampler, DrawsAmongWordsThatAreAllUnlikely) {
  TextSampler sampler({kStart, kEnd, 1}, 1, engine(), 0.5);
  const std::vector<float> next = {-HUGE_VALF, -HUGE_VALF, -HUGE_VALF, -900, -1200};
  sampler.extend(std::vector(1, next));
  EXPECT_EQ(sampler.texts(), std::vector<Text>{{3}});
}

TEST(TextSampler, GoesOnUntilTheEndOrTheLength) {
  TextSampler sampler({kStart, kEnd, 3}, 2, engine());
  const std::vector<float> only_three = {-HUGE_VALF, -HUGE_VALF, -HUGE_VALF, 0};
  const std::vector<float> only_end = {-HUGE_VALF, -HUGE_VALF, 0, -HUGE_VALF};
  sampler.extend(std::vector{only_three, only_three});
  EXPECT_THAT(sampler.open(), Each(Text{kStart, 3}));
  sampler.extend(std::vector{only_end, only_three});
  EXPECT_EQ(sampler.texts(), std::vector<Text>{{3}});
  sampler.extend(std::vector(1, only_three));
  EXPECT_TRUE(sampler.open().empty());
  EXPECT_EQ(sampler.texts(), (std::vector<Text>{{3}, {3, 3, 3}}));
  EXPECT_THROW(TextSampler({kStart, kEnd, 3}, 0, engine()), CheckFailure);
}

TEST(Agreement, CountsWordsAndPairs) {
  // Words: 2 x 2 of 7, 4 and 5 once each; pairs: 4 5 of 2 and 3: 2 of 5.
  EXPECT_DOUBLE_EQ(agreement(Text{4, 5, 6}, Text{7, 4, 5, 8}), (4.0 / 7 + 2.0 / 5) / 2);
  EXPECT_EQ(agreement(Text{4, 5}, Text{4, 5}), 1.0);
  EXPECT_EQ(agreement(Text{4, 5}, Text{6}), 0.0);
  EXPECT_EQ(agreement(Text{4}, Text{4}), 1.0);
  EXPECT_EQ(agreement(Text{}, Text{}), 1.0);
  // One of two equal words finds a partner.
  EXPECT_DOUBLE_EQ(agreement(Text{4, 4}, Text{4}), (2.0 / 3 + 0) / 2);
}

TEST(Agreement, ChoosesWhatIsCommon) {
  const std::vector<Text> candidates = {{9, 8}, {4, 5, 6}, {4, 5}};
  EXPECT_EQ(most_agreed(candidates, std::vector<Text>{{4, 5}, {4, 6}, {9, 7}}), 2U);
  EXPECT_EQ(most_agreed(candidates, std::vector<Text>{}), 0U);
}

}  // namespace
}  // namespace gradwire
