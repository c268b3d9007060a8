#include "trainer/quality/bleu.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace gradwire {
namespace {

Bleu bleu_of(const std::string& candidate, const std::vector<std::string>& references) {
  std::vector<Words> words;
  for (const std::string& reference : references) words.push_back(tokenise(reference));
  Bleu bleu;
  bleu.add(tokenise(candidate), words);
  return bleu;
}

// The examples of the paper, sections 2.1 and 2.1.1.
const std::vector<std::string> kReferences = {
    "It is a guide to action that ensures that the military will forever heed Party commands.",
    "It is the guiding principle which guarantees the military forces always being under the "
    "command of the Party.",
    "It is the practical guide for the army always to heed the directions of the party."};
const std::string kFirst =
    "It is a guide to action which ensures that the military always obeys the commands of the "
    "party.";
const std::string kSecond =
    "It is to insure the troops forever hearing the activity guidebook that party direct.";

TEST(Bleu, TheExamplesOfThePaper) {
  const Bleu first = bleu_of(kFirst, kReferences);
  const Bleu second = bleu_of(kSecond, kReferences);
  EXPECT_DOUBLE_EQ(first.precision(1), 17.0 / 18);
  EXPECT_DOUBLE_EQ(first.precision(2), 10.0 / 17);
  EXPECT_DOUBLE_EQ(second.precision(1), 8.0 / 14);
  EXPECT_DOUBLE_EQ(second.precision(2), 1.0 / 13);
  const Bleu clipped = bleu_of("the the the the the the the",
                               {"The cat is on the mat.", "There is a cat on the mat."});
  EXPECT_DOUBLE_EQ(clipped.precision(1), 2.0 / 7);
  EXPECT_DOUBLE_EQ(clipped.precision(2), 0.0);
  // Section 2.1.1: recall is no virtue when references are several.
  const Bleu all = bleu_of("I always invariably perpetually do",
                           {"I always do", "I invariably do", "I perpetually do"});
  EXPECT_DOUBLE_EQ(all.precision(1), 1.0);
}

// With 7 of 16 trigrams and 4 of 15 4-grams, (17/18 10/17 7/16 4/15)^(1/4); the value that NLTK's
// documentation gives (nltk.translate.bleu_score.sentence_bleu), for the same sentences.
TEST(Bleu, TheScoreOfTheFirstExample) {
  const Bleu bleu = bleu_of(kFirst, kReferences);
  EXPECT_EQ(bleu.brevity_penalty(), 1.0);
  EXPECT_NEAR(bleu.score(4), 0.5045666840058485, 1e-15);
  EXPECT_NEAR(bleu.score(1), 17.0 / 18, 1e-15);
  EXPECT_NEAR(bleu.score(2), std::sqrt(17.0 / 18 * 10 / 17), 1e-15);
  EXPECT_EQ(bleu_of(kSecond, kReferences).score(4), 0.0);  // it has no trigram of a reference
}

// The documentation of nltk.translate.bleu_score.corpus_bleu: 0.5920 for these two.
TEST(Bleu, ACorpusAddsUpItsCounts) {
  Bleu bleu = bleu_of(kFirst, kReferences);
  bleu.add(
      tokenise("he read the book because he was interested in world history"),
      std::vector<Words>{tokenise("he was interested in world history because he read the book")});
  // Of the second all 11 words, and 9 of 10 pairs: not "book because".
  EXPECT_DOUBLE_EQ(bleu.precision(1), (17.0 + 11) / (18 + 11));
  EXPECT_DOUBLE_EQ(bleu.precision(2), (10.0 + 9) / (17 + 10));
  EXPECT_NEAR(bleu.score(4), 0.5920778868801042, 1e-12);
}

TEST(Bleu, ShortTextsPayForIt) {
  // Three words against four: exp(1 - 4/3).
  EXPECT_NEAR(bleu_of("this is cat", {"this is a cat"}).brevity_penalty(), std::exp(-1.0 / 3),
              1e-15);
  // The nearest of 12, 15 and 17 words is 12: no penalty (the paper, section 2.2.2); of 4 and 6
  // words for 5, the shorter.
  const std::string twelve = "a b c d e f g h i j k l";
  EXPECT_EQ(bleu_of(twelve, {twelve + " m n o", twelve, twelve + " m n o p q"}).brevity_penalty(),
            1.0);
  EXPECT_EQ(bleu_of("a b c d e", {"a b c d e f", "a b c d"}).brevity_penalty(), 1.0);
}

TEST(Bleu, NothingScoresNothing) {
  const Bleu bleu = bleu_of("", {"a b c"});
  EXPECT_EQ(bleu.score(1), 0.0);
  EXPECT_EQ(bleu.brevity_penalty(), 0.0);
}

}  // namespace
}  // namespace gradwire
