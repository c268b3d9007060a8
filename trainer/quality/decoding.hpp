// Makes texts word by word out of a model that says how likely each next word is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace gradwire {

/// The logarithm of the probability of every word, by number, to follow the words so far, the
/// start word among them; the same size for every call.
using NextWord = std::function<std::vector<float>(std::span<const std::int32_t> words)>;

struct DecodingOptions {
  std::int32_t start = 0;  ///< the word that every text begins with; not part of the result
  std::int32_t end = 0;    ///< the word after which a text is complete; not part of the result
  int words_max = 0;       ///< a text of so many words ends there, at least 1
  /// alpha of BeamSearch::best(), at least 0: 0 compares sums, which prefers short texts, 1 means.
  double length_penalty = 1.0;
  /// No so many words in a row come twice in a text, at least 1; 0: they may. The
  /// no_repeat_ngram_size of Transformers, the block_ngram_repeat of OpenNMT.
  int no_repeat = 0;
};

/// Keeps the `width` likeliest beginnings, at least 1, until they are complete. Of equally likely
/// words that of the lowest number comes first.
class BeamSearch {
 public:
  BeamSearch(const DecodingOptions& options, int width);

  /// The beginnings whose next words are wanted, start words among them; none: the search is over.
  const std::vector<std::vector<std::int32_t>>& open() const { return open_; }

  /// As NextWord gives them, for each of open().
  void extend(std::span<const std::vector<float>> logarithms);

  /// The complete text with the highest sum of its n words' logarithms, its end included, over
  /// n^alpha: the length penalty of OpenNMT's "avg" at 1, and of Transformers' generate(); that of
  /// Wu et al., "Google's neural machine translation system", arXiv:1609.08144, section 7, takes
  /// (5 + n) / 6 in place of n.
  std::vector<std::int32_t> best() const;

  /// All complete texts, in the order of completion.
  std::vector<std::vector<std::int32_t>> texts() const;

 private:
  struct Text {
    std::vector<std::int32_t> words;  // from the start word
    double logarithm = 0.0;           // of its probability
    double score(double length_penalty) const;
  };

  std::vector<std::int32_t> without_ends(const Text& text) const;

  DecodingOptions options_;
  std::size_t width_;
  std::vector<std::vector<std::int32_t>> open_;
  std::vector<double> logarithms_;  // of open_
  std::vector<Text> complete_;
};

/// Takes the likeliest word each time; of equally likely ones the one of the lowest number.
std::vector<std::int32_t> decode_greedily(const NextWord& next, const DecodingOptions& options);

/// A BeamSearch; width 1 is decode_greedily().
std::vector<std::int32_t> decode_by_beam(const NextWord& next, const DecodingOptions& options,
                                         int width);

}  // namespace gradwire
