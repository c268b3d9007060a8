#include "trainer/quality/consensus.hpp"

#include <algorithm>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using Text = std::vector<std::int32_t>;

// By inverting the distribution; none of probability 0.
std::int32_t drawn(const std::vector<float>& logarithms, RandomEngine& engine) {
  double sum = 0.0;
  for (const float logarithm : logarithms) sum += std::exp(static_cast<double>(logarithm));
  CHECK(sum > 0, "no word is likely: {}", sum);
  double left = boost::random::uniform_01<double>()(engine) * sum;
  std::size_t last = 0;
  for (std::size_t word = 0; word < logarithms.size(); ++word) {
    const double share = std::exp(static_cast<double>(logarithms[word]));
    if (share == 0.0) continue;
    last = word;
    left -= share;
    if (left < 0) break;
  }
  return static_cast<std::int32_t>(last);
}

// The runs of so many words of a text, sorted.
std::vector<Text> runs_of(std::span<const std::int32_t> text, std::size_t words) {
  std::vector<Text> runs;
  for (std::size_t first = 0; first + words <= text.size(); ++first) {
    const auto run = text.subspan(first, words);
    runs.emplace_back(run.begin(), run.end());
  }
  std::ranges::sort(runs);
  return runs;
}

double dice(const std::vector<Text>& a, const std::vector<Text>& b) {
  std::vector<Text> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return 2.0 * static_cast<double>(both.size()) / static_cast<double>(a.size() + b.size());
}

}  // namespace

TextSampler::TextSampler(const DecodingOptions& options, int count, RandomEngine engine)
    : options_(options), engine_(engine), open_(static_cast<std::size_t>(count), {options.start}) {
  CHECK(count >= 1 && options.words_max >= 1, "{} texts, {} words", count, options.words_max);
}

void TextSampler::extend(std::span<const std::vector<float>> logarithms) {
  CHECK(logarithms.size() == open_.size(), "next words of {} of {} texts", logarithms.size(),
        open_.size());
  std::vector<Text> longer;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    Text& text = open_[i];
    const std::int32_t word = drawn(logarithms[i], engine_);
    if (word != options_.end) text.push_back(word);
    const bool is_full = text.size() > static_cast<std::size_t>(options_.words_max);
    if (word == options_.end || is_full) {
      texts_.emplace_back(text.begin() + 1, text.end());
    } else {
      longer.push_back(std::move(text));
    }
  }
  open_ = std::move(longer);
}

double agreement(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  constexpr std::size_t kWordsMax = 2;
  double sum = 0.0;
  int counted = 0;
  for (std::size_t words = 1; words <= kWordsMax; ++words) {
    const std::vector<Text> of_a = runs_of(a, words);
    const std::vector<Text> of_b = runs_of(b, words);
    if (of_a.empty() && of_b.empty()) continue;
    sum += dice(of_a, of_b);
    ++counted;
  }
  return counted == 0 ? 1.0 : sum / counted;
}

std::size_t most_agreed(std::span<const Text> candidates, std::span<const Text> others) {
  CHECK(!candidates.empty(), "no candidate");
  std::size_t best = 0;
  double highest = -1.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    double sum = 0.0;
    for (const Text& other : others) sum += agreement(candidates[i], other);
    if (sum <= highest) continue;
    best = i;
    highest = sum;
  }
  return best;
}

}  // namespace gradwire
