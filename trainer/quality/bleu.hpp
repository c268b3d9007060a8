// BLEU: how close texts come to references (Papineni, Roukos, Ward, Zhu, "BLEU: a method for
// automatic evaluation of machine translation", ACL 2002).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "trainer/data/vocabulary.hpp"

namespace gradwire {

/// The counts of a corpus, from which every score follows.
class Bleu {
 public:
  static constexpr int kOrders = 4;

  /// Adds a text with at least one reference.
  void add(const Words& candidate, std::span<const Words> references);

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

}  // namespace gradwire
