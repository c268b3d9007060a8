#include "trainer/quality/decoding.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

// A text with one more word.
struct Extension {
  std::size_t text;
  std::int32_t word;
  double logarithm;
};

}  // namespace

double BeamSearch::Text::mean() const {
  return words.size() < 2 ? 0.0 : logarithm / static_cast<double>(words.size() - 1);
}

BeamSearch::BeamSearch(const DecodingOptions& options, int width)
    : options_(options),
      width_(static_cast<std::size_t>(width)),
      open_{{options.start}},
      logarithms_{0.0} {
  CHECK(width >= 1 && options.words_max >= 1, "width {}, {} words", width, options.words_max);
}

void BeamSearch::extend(std::span<const std::vector<float>> logarithms) {
  CHECK(logarithms.size() == open_.size(), "next words of {} of {} texts", logarithms.size(),
        open_.size());
  std::vector<Extension> extensions;
  for (std::size_t text = 0; text < open_.size(); ++text) {
    CHECK(!logarithms[text].empty(), "no next word");
    for (std::size_t word = 0; word < logarithms[text].size(); ++word) {
      // What is not a number is never chosen.
      const float found = logarithms[text][word];
      const double logarithm = std::isnan(found) ? -HUGE_VAL : found;
      extensions.push_back({text, static_cast<std::int32_t>(word), logarithms_[text] + logarithm});
    }
  }
  const auto kept = std::min<std::size_t>(extensions.size(), width_ - complete_.size());
  std::ranges::partial_sort(
      extensions, extensions.begin() + static_cast<std::ptrdiff_t>(kept), {},
      [](const Extension& e) { return std::tuple(-e.logarithm, e.text, e.word); });
  extensions.resize(kept);
  std::vector<std::vector<std::int32_t>> longer;
  std::vector<double> longer_logarithms;
  for (const Extension& extension : extensions) {
    std::vector<std::int32_t> words = open_[extension.text];
    words.push_back(extension.word);
    const bool is_full = words.size() > static_cast<std::size_t>(options_.words_max);
    if (extension.word == options_.end || is_full) {
      complete_.push_back({std::move(words), extension.logarithm});
    } else {
      longer.push_back(std::move(words));
      longer_logarithms.push_back(extension.logarithm);
    }
  }
  open_ = std::move(longer);
  logarithms_ = std::move(longer_logarithms);
}

std::vector<std::int32_t> BeamSearch::best() const {
  CHECK(open_.empty(), "{} texts are not complete", open_.size());
  const Text& best = *std::ranges::max_element(complete_, {}, &Text::mean);
  std::vector<std::int32_t> words(best.words.begin() + 1, best.words.end());
  if (!words.empty() && words.back() == options_.end) words.pop_back();
  return words;
}

std::vector<std::int32_t> decode_greedily(const NextWord& next, const DecodingOptions& options) {
  return decode_by_beam(next, options, 1);
}

std::vector<std::int32_t> decode_by_beam(const NextWord& next, const DecodingOptions& options,
                                         int width) {
  BeamSearch search(options, width);
  while (!search.open().empty()) {
    std::vector<std::vector<float>> logarithms;
    for (const auto& words : search.open()) logarithms.push_back(next(words));
    search.extend(logarithms);
  }
  return search.best();
}

}  // namespace gradwire
