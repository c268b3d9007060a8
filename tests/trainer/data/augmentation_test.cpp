#include "trainer/data/augmentation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <vector>

#include "netmodel/check.hpp"
#include "trainer/data/vocabulary.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

RandomEngine engine() { return RandomStreams(7).stream("augmentation"); }

TEST(Augmentation, MirrorsEveryChannelAndLeavesTheRestOfTheRow) {
  // Two channels of one line of three pixels, then a word.
  std::vector<float> rows = {1, 2, 3, 4, 5, 6, 90, 7, 8, 9, 10, 11, 12, 91};
  augment({.flip = 1}, {2, 1, 3}, 7, rows, engine());
  EXPECT_THAT(rows, ElementsAre(3, 2, 1, 6, 5, 4, 90, 9, 8, 7, 12, 11, 10, 91));
}

TEST(Augmentation, MovesByEveryDistanceEquallyOftenAndRepeatsTheEdge) {
  constexpr int kRows = 9000;
  std::vector<float> rows;
  for (int i = 0; i < kRows; ++i) rows.insert(rows.end(), {1, 2, 3, 4});
  augment({.shift = 1}, {1, 2, 2}, 4, rows, engine());
  std::map<std::vector<float>, int> counts;
  for (auto row = rows.begin(); row != rows.end(); row += 4) ++counts[{row, row + 4}];
  // Down, not at all or up, times right, not at all or left.
  const std::vector<std::vector<float>> all = {{1, 1, 1, 1}, {1, 2, 1, 2}, {2, 2, 2, 2},
                                               {1, 1, 3, 3}, {1, 2, 3, 4}, {2, 2, 4, 4},
                                               {3, 3, 3, 3}, {3, 4, 3, 4}, {4, 4, 4, 4}};
  EXPECT_EQ(counts.size(), all.size());
  // Each is binomial with a ninth of 9000: 1000, deviation sqrt(9000 / 9 * 8 / 9) = 29.8.
  for (const auto& picture : all) EXPECT_NEAR(counts[picture], 1000, 5 * 30);
}

TEST(Augmentation, MirrorsAsOftenAsItSays) {
  std::vector<float> rows;
  constexpr int kRows = 10'000;
  for (int i = 0; i < kRows; ++i) rows.insert(rows.end(), {0, 1});
  augment({.flip = 0.25}, {1, 1, 2}, 2, rows, engine());
  int mirrored = 0;
  for (std::size_t i = 0; i < rows.size(); i += 2) mirrored += rows[i] == 1 ? 1 : 0;
  // Binomial: deviation sqrt(10000 / 4 * 3 / 4) = 43.3.
  EXPECT_NEAR(mirrored, kRows / 4, 5 * 44);
}

TEST(Augmentation, HidesAllWordsOrNone) {
  constexpr int kRows = 10'000;
  std::vector<float> rows;
  for (int i = 0; i < kRows; ++i) rows.insert(rows.end(), {0.5F, 1, 7, 8});
  augment({.hide_words = 0.25}, {1, 1, 1}, 4, rows, engine());
  int hidden = 0;
  for (auto row = rows.begin(); row != rows.end(); row += 4) {
    const bool is_hidden = row[2] == Vocabulary::kPadding;
    hidden += is_hidden ? 1 : 0;
    const std::vector<float> expected =
        is_hidden ? std::vector<float>{0.5F, 0, 0, 0} : std::vector<float>{0.5F, 1, 7, 8};
    ASSERT_EQ(std::vector<float>(row, row + 4), expected);
  }
  // As of mirrored ones.
  EXPECT_NEAR(hidden, kRows / 4, 5 * 44);
}

TEST(Augmentation, MovesNoFeatures) {
  const SampleShape features{.width = 4096};
  EXPECT_THROW(check_can_augment({.flip = 0.5}, features), std::invalid_argument);
  EXPECT_THROW(check_can_augment({.shift = 1}, features), std::invalid_argument);
  EXPECT_NO_THROW(check_can_augment({.hide_words = 1}, features));
  EXPECT_NO_THROW(check_can_augment({.flip = 0.5, .shift = 1}, {1, 28, 28}));
}

TEST(Augmentation, TheSameDrawsChangeAlike) {
  std::vector<float> rows(300);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
  std::vector<float> again = rows;
  const std::vector<float> before = rows;
  augment({.flip = 0.5, .shift = 2}, {3, 5, 5}, 75, rows, engine());
  augment({.flip = 0.5, .shift = 2}, {3, 5, 5}, 75, again, engine());
  EXPECT_EQ(rows, again);
  EXPECT_NE(rows, before);
}

TEST(Augmentation, RowsHoldAWholePicture) {
  std::vector<float> rows(6);
  EXPECT_THROW(augment({.flip = 1}, {1, 2, 2}, 3, rows, engine()), CheckFailure);
  EXPECT_THROW(augment({.flip = 1}, {1, 2, 2}, 4, rows, engine()), CheckFailure);
}

}  // namespace
}  // namespace gradwire
