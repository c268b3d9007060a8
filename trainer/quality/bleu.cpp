#include "trainer/quality/bleu.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using Counts = std::map<Words, std::int64_t>;

Counts count_of(const Words& words, std::size_t order) {
  Counts counts;
  for (std::size_t i = 0; i + order <= words.size(); ++i) {
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
    ++counts[Words(begin, begin + static_cast<std::ptrdiff_t>(order))];
  }
  return counts;
}

}  // namespace

void Bleu::add(const Words& candidate, std::span<const Words> references) {
  CHECK(!references.empty(), "a text without references");
  for (std::size_t order = 1; order <= kOrders; ++order) {
    Counts most;
    for (const Words& reference : references) {
      for (const auto& [words, count] : count_of(reference, order)) {
        most[words] = std::max(most[words], count);
      }
    }
    for (const auto& [words, count] : count_of(candidate, order)) {
      const auto found = most.find(words);
      if (found != most.end()) matches_[order - 1] += std::min(count, found->second);
      totals_[order - 1] += count;
    }
  }
  const auto length = static_cast<std::int64_t>(candidate.size());
  std::int64_t nearest = -1;
  for (const Words& reference : references) {
    const auto other = static_cast<std::int64_t>(reference.size());
    const std::int64_t distance = std::abs(other - length);
    const std::int64_t best = std::abs(nearest - length);
    if (nearest < 0 || distance < best || (distance == best && other < nearest)) nearest = other;
  }
  candidate_words_ += length;
  reference_words_ += nearest;
}

double Bleu::precision(int order) const {
  CHECK(order >= 1 && order <= kOrders, "order {}", order);
  const auto index = static_cast<std::size_t>(order - 1);
  if (totals_[index] == 0) return 0.0;
  return static_cast<double>(matches_[index]) / static_cast<double>(totals_[index]);
}

double Bleu::brevity_penalty() const {
  if (candidate_words_ >= reference_words_) return 1.0;
  if (candidate_words_ == 0) return 0.0;
  return std::exp(1.0 -
                  static_cast<double>(reference_words_) / static_cast<double>(candidate_words_));
}

double Bleu::score(int orders) const {
  double logs = 0.0;
  for (int order = 1; order <= orders; ++order) {
    const double share = precision(order);
    if (share == 0.0) return 0.0;
    logs += std::log(share);
  }
  return brevity_penalty() * std::exp(logs / orders);
}

}  // namespace gradwire
