// How good a model is: counted by hand for a model of known weights, and the words of a captioner.
#include "trainer/quality/evaluation.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "trainer/data/next_words.hpp"
#include "trainer/nn/models.hpp"
#include "trainer/quality/captioning.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

const Score& score_of(const Quality& quality, const std::string& name) {
  const auto found = std::ranges::find(quality.scores, name, &Score::name);
  EXPECT_NE(found, quality.scores.end()) << name;
  return *found;
}

// Six classes; a pixel of value p, and outputs that are its multiples by 0 to 5: for a positive
// pixel class 5 is the likeliest and class 0 the last, for a negative one the other way round.
TEST(Evaluation, CountsWhatIsRightAndWhatIsTakenForWhat) {
  Split test{.shape = {1, 1, 1}, .classes = 6, .scale = {{0.5F, 0.5F}}};
  test.pixels = {255, 255, 0};  // 1, 1, -1
  test.labels = {5, 0, 1};
  const ModelSpec spec{.input = {.width = 1}, .layers = {dense(6)}};
  const auto model = make_model(spec, 2);
  for (int i = 0; i < 6; ++i)
    model->parameters()[static_cast<std::size_t>(i)] = static_cast<float>(i);
  const Quality quality = evaluate(*model, spec, test, 2);
  EXPECT_DOUBLE_EQ(quality.accuracy, 1.0 / 3);
  // The second sample's label is the sixth of six.
  EXPECT_DOUBLE_EQ(score_of(quality, "top5").value, 2.0 / 3);
  // log(sum of exp(0..5)) - 5 = 0.4561933; 5 more; for the third, whose outputs are 0 to -5, 1 more
  // than that of the largest.
  EXPECT_NEAR(score_of(quality, "loss").value, (3 * 0.4561933 + 5 + 1) / 3, 1e-6);
  std::vector<std::int64_t> confusion(36);
  confusion[5 * 6 + 5] = 1;
  confusion[0 * 6 + 5] = 1;
  confusion[1 * 6 + 0] = 1;
  EXPECT_EQ(quality.confusion, confusion);
  EXPECT_EQ(quality.scores.size(), 2U);
}

// A captioner that says the same of every picture, whatever came before: the outputs are the biases
// of its last layer.
class Parrot : public testing::Test {
 protected:
  Parrot() {
    CaptionedDataset captioned;
    captioned.name = "parrot";
    for (CaptionedSplit* split : {&captioned.train, &captioned.test}) {
      split->shape = {1, 1, 2};
      split->features = {1, 2, 3, 4};
      split->captions = {{{"a", "a", "a"}, {"a", "dog"}}, {{"dog"}}};
    }
    data_ = make_next_words(captioned, {}, {}, {});
    const NextWords& words = *data_.test.words;
    spec_ = {.input = {.width = data_.test.inputs()},
             .layers = captioner({.vocabulary = data_.test.classes,
                                  .words = words.length(),
                                  .image = data_.test.shape,
                                  .width = 2,
                                  .dropout = 0})};
    spec_.layers.push_back(dense(data_.test.classes));
    model_ = make_model(spec_, kRows);  // all its weights are 0
  }

  float& bias(std::int32_t word) {
    const std::size_t classes = static_cast<std::size_t>(data_.test.classes);
    return model_
        ->parameters()[model_->parameters().size() - classes + static_cast<std::size_t>(word)];
  }

  // Makes it say "a" in this share of all cases, and end in the others.
  void say_a(float share) {
    bias(data_.test.words->vocabulary().number_of("a")) = 20 + std::log(share);
    bias(Vocabulary::kEnd) = 20 + std::log(1 - share);
  }

  Words caption(const CaptionSearch& search) {
    const std::vector<float> picture = {1, 2};
    return write_captions(*model_, *data_.test.words, picture, search, kRows).front();
  }

  static constexpr int kRows = 64;

  Dataset data_;
  ModelSpec spec_;
  std::unique_ptr<Model> model_;
};

TEST_F(Parrot, SaysTheLikeliestWordUntilTheLengthIsReached) {
  bias(data_.test.words->vocabulary().number_of("a")) = 2;
  bias(Vocabulary::kUnknown) = 9;  // never said
  const std::vector<float> pictures = {1, 2, 3, 4};
  EXPECT_THAT(write_captions(*model_, *data_.test.words, pictures, {.width = 1}, 4),
              ElementsAre(ElementsAre("a", "a", "a", "a"), ElementsAre("a", "a", "a", "a")));
  // One at a time, and both at once, it is the same.
  EXPECT_EQ(write_captions(*model_, *data_.test.words, pictures, {.width = 2}, 2),
            write_captions(*model_, *data_.test.words, pictures, {.width = 2}, 4));
  const CaptionSearch agreed{.width = 2, .samples = 1};
  EXPECT_EQ(write_captions(*model_, *data_.test.words, pictures, agreed, 2),
            write_captions(*model_, *data_.test.words, pictures, agreed, 4));
}

TEST_F(Parrot, SaysOfABeamWhatAgreesWithWhatItSaysAtRandom) {
  // Seven times of ten "a", else the end. Of the two texts of the beam the empty one is the
  // likelier, 0.3 against 0.7^4 = 0.24; but it agrees with itself alone, 0.3 on average, and the
  // longest also with shorter ones: with three words (6/7 + 4/5) / 2, with two (4/6 + 2/4) / 2,
  // with one 2/5 / 2, which makes 0.24 + 0.103 x 0.829 + 0.147 x 0.583 + 0.21 x 0.2 = 0.45.
  say_a(0.7F);
  EXPECT_THAT(caption({.width = 2, .length_penalty = 0}), ElementsAre());
  EXPECT_THAT(caption({.width = 2, .length_penalty = 0, .samples = kRows}),
              ElementsAre("a", "a", "a", "a"));
}

TEST_F(Parrot, ChoosesAmongDraftsToo) {
  // Eleven times of twenty "a", else the end: a beam of one finds the longest text alone, though
  // nearly half of what is said is the empty one, with which no other agrees.
  say_a(0.55F);
  EXPECT_THAT(caption({.width = 1, .samples = kRows}), ElementsAre("a", "a", "a", "a"));
  EXPECT_THAT(caption({.width = 1, .samples = kRows, .drafts = kRows}), ElementsAre());
}

TEST_F(Parrot, IsScoredAgainstWhatPeopleSaid) {
  bias(data_.test.words->vocabulary().number_of("a")) = 2;
  const Quality quality = evaluate(*model_, spec_, data_.test, 4);
  // Four words of each of two pictures; three are those of a caption of the first.
  EXPECT_DOUBLE_EQ(score_of(quality, "bleu1").value, 3.0 / 8);
  EXPECT_DOUBLE_EQ(score_of(quality, "bleu2").value, std::sqrt(3.0 / 8 * 2 / 6));
  EXPECT_EQ(score_of(quality, "bleu4").value, 0.0);
  // A corpus of the first picture alone has 3 of 4, one of the second alone none.
  EXPECT_EQ(score_of(quality, "bleu1").low, 0.0);
  EXPECT_EQ(score_of(quality, "bleu1").high, 0.75);
  EXPECT_NEAR(score_of(quality, "perplexity").value, std::exp(score_of(quality, "loss").value),
              1e-12);
  EXPECT_TRUE(quality.confusion.empty());
  // Of the nine next words four are "a".
  EXPECT_DOUBLE_EQ(quality.accuracy, 4.0 / 9);
}

}  // namespace
}  // namespace gradwire
