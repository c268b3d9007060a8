// BLEU: how close texts come to references (Papineni, Roukos, Ward, Zhu, "BLEU: a method for
// automatic evaluation of machine translation", ACL 2002).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "netmodel/random_streams.hpp"
#include "trainer/data/vocabulary.hpp"

namespace gradwire {

/// The counts of a corpus, from which every score follows.
class Bleu {
 public:
  static constexpr int kOrders = 4;

  /// Adds a text with at least one reference.
  void add(const Words& candidate, std::span<const Words> references);

  /// Adds the counts of another corpus.
  void add(const Bleu& other);

  /// Of n-grams of one order, 1 to kOrders: those that a reference has, each as often as it has it
  /// in one reference at most, among all; 0 if there are none.
  double precision(int order) const;

  /// exp(1 - r / c) for candidates that are together shorter, c words, than their references, r:
  /// for each candidate the one of the nearest length, of two the shorter; else 1.
  double brevity_penalty() const;

  /// BLEU-n, in [0, 1]: the brevity penalty times the geometric mean of the precisions up to
  /// `orders`, equally weighted and not smoothed: 0 if one of them is 0.
  double score(int orders) const;

 private:
  std::array<std::int64_t, kOrders> matches_{};
  std::array<std::int64_t, kOrders> totals_{};
  std::int64_t candidate_words_ = 0;
  std::int64_t reference_words_ = 0;
};

struct BleuInterval {
  double low = 0.0;
  double high = 0.0;
};

/// The 95 % intervals of BLEU-1 to 4 of a corpus of these texts: the percentiles 2.5 and 97.5 of
/// the scores of 1000 corpora drawn from them with replacement (Koehn, "Statistical significance
/// tests for machine translation evaluation", EMNLP 2004, section 3). At least one text.
std::array<BleuInterval, Bleu::kOrders> bleu_intervals(std::span<const Bleu> texts,
                                                       RandomEngine engine);

}  // namespace gradwire
