#include "trainer/quality/decoding.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace gradwire {
namespace {

using testing::ElementsAre;

constexpr std::int32_t kStart = 1;
constexpr std::int32_t kEnd = 2;

// Word 3 looks best at first (0.5 against 0.4), but word 4 leads to the likelier text.
std::vector<float> misleading(std::span<const std::int32_t> words) {
  const auto logs = [](std::vector<double> shares) {
    std::vector<float> all;
    for (const double share : shares) all.push_back(static_cast<float>(std::log(share)));
    return all;
  };
  if (words.size() == 1) return logs({0.02, 0.02, 0.06, 0.5, 0.4});
  if (words.size() > 2) return logs({0.01, 0.01, 0.96, 0.01, 0.01});
  return words[1] == 3 ? logs({0.2, 0.1, 0.2, 0.3, 0.2}) : logs({0.01, 0.01, 0.9, 0.04, 0.04});
}

TEST(Decoding, AGreedyChoiceCanMislead) {
  const DecodingOptions options{kStart, kEnd, 10};
  EXPECT_THAT(decode_greedily(misleading, options), ElementsAre(3, 3));
  EXPECT_THAT(decode_by_beam(misleading, options, 2), ElementsAre(4));
  EXPECT_THAT(decode_by_beam(misleading, {kStart, kEnd, 1}, 1), ElementsAre(3));
}

TEST(Decoding, OfEquallyLikelyWordsTheFirstIsTaken) {
  const auto flat = [](std::span<const std::int32_t> words) {
    std::vector<float> all(5, -1.0F);
    all[0] = std::nanf("");
    all[1] = -HUGE_VALF;
    if (words.size() < 3) all[kEnd] = -HUGE_VALF;
    return all;
  };
  EXPECT_THAT(decode_greedily(flat, {kStart, kEnd, 10}), ElementsAre(3, 3));
}

TEST(Decoding, TheLengthPenaltyChoosesBetweenShortAndLong) {
  // "3" ends with 0.5, or goes on for three words more that are certain: of both the sums are
  // log 0.5, of 2 and of 5 words with the end.
  const NextWord next = [](std::span<const std::int32_t> words) {
    const auto half = static_cast<float>(std::log(0.5));
    if (words.size() == 1) return std::vector<float>{-9, -9, -9, 0, -9};
    if (words.size() == 2) return std::vector<float>{-9, -9, half + 0.01F, -9, half};
    if (words.size() < 5) return std::vector<float>{-9, -9, -9, -9, 0};
    return std::vector<float>{-9, -9, 0, -9, -9};
  };
  EXPECT_THAT(decode_by_beam(next, {kStart, kEnd, 9, 0.0}, 2), ElementsAre(3));
  EXPECT_THAT(decode_by_beam(next, {kStart, kEnd, 9, 1.0}, 2), ElementsAre(3, 4, 4, 4));
}

TEST(Decoding, WordsInARowComeOnlyOnce) {
  // Word 3 and 4 in turn are always the likeliest, then 0, the end last.
  const NextWord next = [](std::span<const std::int32_t> words) {
    std::vector<float> all = {-2, -9, -3, -1, -1};
    all[words.back() == 3 ? 4 : 3] = 0;
    return all;
  };
  const DecodingOptions options{kStart, kEnd, 8};
  EXPECT_THAT(decode_greedily(next, options), ElementsAre(3, 4, 3, 4, 3, 4, 3, 4));
  DecodingOptions once = options;
  once.no_repeat = 1;
  EXPECT_THAT(decode_greedily(next, once), ElementsAre(3, 4, 0));
  once.no_repeat = 2;
  // After 3 4 3 another 4 would repeat "3 4"; after 3 4 3 3 there is no pair with 3 but 3 0.
  EXPECT_THAT(decode_greedily(next, once), ElementsAre(3, 4, 3, 3, 0, 3));
}

// All texts, and the best of them.
void search(const NextWord& next, const DecodingOptions& options, std::vector<std::int32_t>& words,
            double sum, double& best, std::vector<std::int32_t>& best_words) {
  const std::vector<float> logarithms = next(words);
  for (std::size_t word = 0; word < logarithms.size(); ++word) {
    words.push_back(static_cast<std::int32_t>(word));
    const double total = sum + logarithms[word];
    const bool ended = words.back() == options.end;
    if (ended || static_cast<int>(words.size()) - 1 == options.words_max) {
      const double mean = total / static_cast<double>(words.size() - 1);
      if (mean > best) {
        best = mean;
        best_words.assign(words.begin() + 1, words.end() - (ended ? 1 : 0));
      }
    } else {
      search(next, options, words, total, best, best_words);
    }
    words.pop_back();
  }
}

TEST(Decoding, AWideBeamFindsTheBestText) {
  const DecodingOptions options{kStart, kEnd, 4};
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    const NextWord next = [seed](std::span<const std::int32_t> words) {
      std::uint32_t state = seed;
      for (const std::int32_t word : words) state = state * 31 + static_cast<std::uint32_t>(word);
      std::mt19937 random(state);
      std::vector<float> logarithms;
      for (int word = 0; word < 4; ++word) {
        logarithms.push_back(-static_cast<float>(random() % 1000) / 100.0F);
      }
      return logarithms;
    };
    std::vector<std::int32_t> words = {kStart};
    std::vector<std::int32_t> expected;
    double best = -HUGE_VAL;
    search(next, options, words, 0.0, best, expected);
    EXPECT_EQ(decode_by_beam(next, options, 1000), expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace gradwire
