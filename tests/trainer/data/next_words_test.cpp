#include "trainer/data/next_words.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "trainer/data/scenes.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

// Two pictures of one pixel of three colours; three captions in training.
CaptionedDataset small_data() {
  CaptionedDataset data;
  data.name = "small";
  for (CaptionedSplit* split : {&data.train, &data.test}) {
    split->shape = {3, 1, 1};
    split->scale = {{0.5F, 0.5F}, {0.0F, 1.0F}, {0.0F, 0.2F}};
    split->pixels = {0, 51, 255, 255, 102, 0};
  }
  data.train.captions = {{{"a", "dog"}, {"a", "big", "dog"}}, {{"a", "cat"}}};
  data.test.captions = {{{"a", "cow"}}, {{"a", "cat"}}};
  return data;
}

// With numbers by count, then by alphabet: a 4, dog 5, big 6, cat 7.
TEST(NextWords, EveryWordOfACaptionIsASample) {
  const Dataset data = make_next_words(small_data(), {}, {}, {});
  // 2 + 3 + 2 words, and the end of each of the three captions.
  EXPECT_EQ(data.train.size(), 10);
  EXPECT_EQ(data.train.classes, 8);
  EXPECT_EQ(data.train.inputs(), 3 + 4);  // the longest has three words, after the start
  const NextWords& words = *data.train.words;
  EXPECT_THAT(words.at(0).words, ElementsAre(Vocabulary::kStart));
  EXPECT_EQ(words.at(0).next, 4);
  EXPECT_THAT(words.at(2).words, ElementsAre(Vocabulary::kStart, 4, 5));
  EXPECT_EQ(words.at(2).next, Vocabulary::kEnd);
  EXPECT_EQ(words.at(6).picture, 0);
  EXPECT_THAT(words.at(6).words, ElementsAre(Vocabulary::kStart, 4, 6, 5));
  EXPECT_EQ(words.at(9).picture, 1);
  EXPECT_EQ(data.test.words->at(1).next, Vocabulary::kUnknown);  // no cow in training
}

TEST(NextWords, RareWordsAreUnknownAndLongCaptionsCutOff) {
  const Dataset data =
      make_next_words(small_data(), {}, {}, {.minimum_count = 2, .length = 2, .seed = 1});
  EXPECT_EQ(data.train.classes, 6);  // a, dog
  EXPECT_EQ(data.train.size(), 6);   // the first and the second word of each caption
  EXPECT_EQ(data.train.words->at(3).next, Vocabulary::kUnknown);  // big
}

TEST(NextWords, ABatchHasPicturesAndPaddedWordsLongestFirst) {
  const Dataset data = make_next_words(small_data(), {}, {}, {});
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;
  gather(data.train, std::vector<std::int64_t>{7, 2, 0}, inputs, labels);
  EXPECT_THAT(labels, ElementsAre(Vocabulary::kEnd, 4, 4));
  // (p / 255 - mean) / deviation of 0 51 255: -1 0.2 5, of 255 102 0: 1 0.4 0.
  const std::vector<float> expected = {-1, 0.2F, 5, 1,  4,    5, 0, 1, 0.4F, 0, 1,
                                       0,  0,    0, -1, 0.2F, 5, 1, 0, 0,    0};
  EXPECT_THAT(inputs, testing::Pointwise(testing::FloatNear(1e-6F), expected));
}

TEST(NextWords, FeaturesStandForPictures) {
  CaptionedDataset given = small_data();
  for (CaptionedSplit* split : {&given.train, &given.test}) {
    split->shape = {1, 1, 2};
    split->scale.clear();
    split->pixels.clear();
    split->features = {1, 2, 3, 4};
  }
  const Dataset data = make_next_words(given, {}, {}, {});
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;
  gather(data.test, std::vector<std::int64_t>{3}, inputs, labels);
  EXPECT_THAT(inputs, ElementsAre(3, 4, 1, 0, 0, 0));
}

TEST(NextWords, TheFirstPicturesAreKept) {
  const Dataset data = make_next_words(small_data(), 1, 5, {});
  EXPECT_EQ(data.train.size(), 7);
  EXPECT_EQ(data.train.pixels.size(), 3U);
  EXPECT_EQ(data.test.pixels.size(), 6U);
  CaptionedDataset none = small_data();
  none.test.captions.clear();
  EXPECT_THROW(make_next_words(none, {}, {}, {}), DataError);
}

TEST(NextWords, ShufflingExchangesPicturesAndNothingElse) {
  const CaptionedDataset scenes = make_scenes(40, 20, 1);
  const Dataset given = make_next_words(scenes, {}, {}, {});
  const Dataset shuffled = make_next_words(scenes, {}, {}, {.shuffled = true});
  EXPECT_EQ(given.train.words->captions(), shuffled.train.words->captions());
  const auto pictures = [](const Split& split) {
    const auto size = static_cast<std::ptrdiff_t>(split.shape.features());
    std::vector<std::vector<std::uint8_t>> all;
    for (auto at = split.pixels.begin(); at != split.pixels.end(); at += size) {
      all.emplace_back(at, at + size);
    }
    return all;
  };
  for (const auto split : {&Dataset::train, &Dataset::test}) {
    const auto before = pictures(given.*split);
    const auto after = pictures(shuffled.*split);
    EXPECT_NE(before, after);
    EXPECT_THAT(after, testing::UnorderedElementsAreArray(before));
  }
}

}  // namespace
}  // namespace gradwire
