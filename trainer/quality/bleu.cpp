#include "trainer/quality/bleu.hpp"

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
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

void Bleu::add(const Bleu& other) {
  for (std::size_t i = 0; i < matches_.size(); ++i) {
    matches_[i] += other.matches_[i];
    totals_[i] += other.totals_[i];
  }
  candidate_words_ += other.candidate_words_;
  reference_words_ += other.reference_words_;
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

std::array<BleuInterval, Bleu::kOrders> bleu_intervals(std::span<const Bleu> texts,
                                                       RandomEngine engine) {
  constexpr std::size_t kDraws = 1000;
  constexpr std::size_t kTail = kDraws / 40;  // 2.5 %
  CHECK(!texts.empty(), "no text");
  std::array<std::vector<double>, Bleu::kOrders> scores;
  boost::random::uniform_int_distribution<std::size_t> choice(0, texts.size() - 1);
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    Bleu corpus;
    for (std::size_t i = 0; i < texts.size(); ++i) corpus.add(texts[choice(engine)]);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i].push_back(corpus.score(static_cast<int>(i) + 1));
    }
  }
  std::array<BleuInterval, Bleu::kOrders> intervals;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    std::ranges::sort(scores[i]);
    intervals[i] = {scores[i][kTail], scores[i][kDraws - 1 - kTail]};
  }
  return intervals;
}

}  // namespace gradwire
