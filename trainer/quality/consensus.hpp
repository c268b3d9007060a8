// Chooses, of several texts, the one that agrees most with texts that a model says at random.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "netmodel/random_streams.hpp"
#include "trainer/quality/decoding.hpp"

namespace gradwire {

/// Draws texts, each word as likely as the model finds it, or rather the likelier ones; used as
/// BeamSearch is. Lengths and what repeats weigh nothing.
class TextSampler {
 public:
  /// So many texts, at least 1. Probabilities are raised to the power of 1 / `temperature`, above 0
  /// and at most 1, and scaled to add up to 1 again.
  TextSampler(const DecodingOptions& options, int count, RandomEngine engine,
              double temperature = 1.0);

  const std::vector<std::vector<std::int32_t>>& open() const { return open_; }

  /// The probabilities of a text's next words, of which these are the logarithms, need not add up
  /// to 1. At least one is above 0.
  void extend(std::span<const std::vector<float>> logarithms);

  /// What is complete, in the order of completion, without start and end words.
  const std::vector<std::vector<std::int32_t>>& texts() const { return texts_; }

 private:
  DecodingOptions options_;
  RandomEngine engine_;
  double temperature_;
  std::vector<std::vector<std::int32_t>> open_;
  std::vector<std::vector<std::int32_t>> texts_;
};

/// In [0, 1]: the mean of the Dice coefficients of words and of pairs of words in a row, twice
/// those that both have over those of both; of texts of one word that of words. Unlike BLEU it is
/// above 0 for texts of which only single words agree.
double agreement(std::span<const std::int32_t> a, std::span<const std::int32_t> b);

/// The first of the candidates, at least one, with the highest sum of agreements with the others.
std::size_t most_agreed(std::span<const std::vector<std::int32_t>> candidates,
                        std::span<const std::vector<std::int32_t>> others);

}  // namespace gradwire
