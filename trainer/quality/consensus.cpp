#include "trainer/quality/consensus.hpp"

#include <algorithm>
#include <array>
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
std::int32_t drawn(const std::vector<float>& logarithms, double temperature, RandomEngine& engine) {
  std::vector<double> shares;
  shares.reserve(logarithms.size());
  const double largest = *std::ranges::max_element(logarithms);
  double sum = 0.0;
  for (const float logarithm : logarithms) {
    shares.push_back(std::exp((static_cast<double>(logarithm) - largest) / temperature));
    sum += shares.back();
  }
  CHECK(sum > 0, "no word is likely: {}", sum);
  double left = boost::random::uniform_01<double>()(engine) * sum;
  std::size_t last = 0;
  for (std::size_t word = 0; word < shares.size(); ++word) {
    if (shares[word] == 0.0) continue;
    last = word;
    left -= shares[word];
    if (left < 0) break;
  }
  return static_cast<std::int32_t>(last);
}

// The words of a text, then its pairs of words in a row; each sorted.
using Runs = std::array<std::vector<Text>, 2>;

Runs runs_of(std::span<const std::int32_t> text) {
  Runs runs;
  for (std::size_t words = 1; words <= runs.size(); ++words) {
    std::vector<Text>& found = runs[words - 1];
    for (std::size_t first = 0; first + words <= text.size(); ++first) {
      const auto run = text.subspan(first, words);
      found.emplace_back(run.begin(), run.end());
    }
    std::ranges::sort(found);
  }
  return runs;
}

double dice(const std::vector<Text>& a, const std::vector<Text>& b) {
  std::vector<Text> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return 2.0 * static_cast<double>(both.size()) / static_cast<double>(a.size() + b.size());
}

double agreement(const Runs& a, const Runs& b) {
  double sum = 0.0;
  int counted = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].empty() && b[i].empty()) continue;
    sum += dice(a[i], b[i]);
    ++counted;
  }
  return counted == 0 ? 1.0 : sum / counted;
}

}  // namespace

TextSampler::TextSampler(const DecodingOptions& options, int count, RandomEngine engine,
                         double temperature)
    : options_(options),
      engine_(engine),
      temperature_(temperature),
      open_(static_cast<std::size_t>(count), {options.start}) {
  CHECK(count >= 1 && options.words_max >= 1, "{} texts, {} words", count, options.words_max);
  CHECK(temperature > 0 && temperature <= 1, "temperature={}", temperature);
}

void TextSampler::extend(std::span<const std::vector<float>> logarithms) {
  CHECK(logarithms.size() == open_.size(), "next words of {} of {} texts", logarithms.size(),
        open_.size());
  std::vector<Text> longer;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    Text& text = open_[i];
    const std::int32_t word = drawn(logarithms[i], temperature_, engine_);
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
  return agreement(runs_of(a), runs_of(b));
}

std::size_t most_agreed(std::span<const Text> candidates, std::span<const Text> others) {
  CHECK(!candidates.empty(), "no candidate");
  std::vector<Runs> runs_of_others;
  runs_of_others.reserve(others.size());
  for (const Text& other : others) runs_of_others.push_back(runs_of(other));
  std::size_t best = 0;
  double highest = -1.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Runs own = runs_of(candidates[i]);
    double sum = 0.0;
    for (const Runs& other : runs_of_others) sum += agreement(own, other);
    if (sum <= highest) continue;
    best = i;
    highest = sum;
  }
  return best;
}

}  // namespace gradwire
