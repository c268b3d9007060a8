#include "trainer/quality/decoding.hpp"

#include <algorithm>
#include <cmath>
#include <set>
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

// The words that would, after these, complete `count` words in a row which the text has already.
// The start word is none of a text's words.
std::set<std::int32_t> repeating(std::span<const std::int32_t> words, int count) {
  std::set<std::int32_t> found;
  const auto all = static_cast<std::size_t>(count);
  if (count == 0 || words.size() <= all) return found;
  const auto latest = words.last(all - 1);
  for (std::size_t first = 1; first + all <= words.size(); ++first) {
    if (std::ranges::equal(words.subspan(first, all - 1), latest)) {
      found.insert(words[first + all - 1]);
    }
  }
  return found;
}

}  // namespace

double BeamSearch::Text::score(double length_penalty) const {
  if (words.size() < 2) return 0.0;
  return logarithm / std::pow(static_cast<double>(words.size() - 1), length_penalty);
}

BeamSearch::BeamSearch(const DecodingOptions& options, int width)
    : options_(options),
      width_(static_cast<std::size_t>(width)),
      open_{{options.start}},
      logarithms_{0.0} {
  CHECK(
      width >= 1 && options.words_max >= 1 && options.length_penalty >= 0 && options.no_repeat >= 0,
      "width {}, {} words, length penalty {}, no {} again", width, options.words_max,
      options.length_penalty, options.no_repeat);
}

void BeamSearch::extend(std::span<const std::vector<float>> logarithms) {
  CHECK(logarithms.size() == open_.size(), "next words of {} of {} texts", logarithms.size(),
        open_.size());
  std::vector<Extension> extensions;
  for (std::size_t text = 0; text < open_.size(); ++text) {
    CHECK(!logarithms[text].empty(), "no next word");
    const std::set<std::int32_t> never = repeating(open_[text], options_.no_repeat);
    for (std::size_t word = 0; word < logarithms[text].size(); ++word) {
      // What is not a number is never chosen.
      const float found = logarithms[text][word];
      const auto number = static_cast<std::int32_t>(word);
      const bool is_chosen = !std::isnan(found) && !never.contains(number);
      extensions.push_back({text, number, is_chosen ? logarithms_[text] + found : -HUGE_VAL});
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
  const Text& best = *std::ranges::max_element(
      complete_, {}, [this](const Text& text) { return text.score(options_.length_penalty); });
  return without_ends(best);
}

std::vector<std::vector<std::int32_t>> BeamSearch::texts() const {
  std::vector<std::vector<std::int32_t>> texts;
  texts.reserve(complete_.size());
  for (const Text& text : complete_) texts.push_back(without_ends(text));
  return texts;
}

std::vector<std::int32_t> BeamSearch::without_ends(const Text& text) const {
  std::vector<std::int32_t> words(text.words.begin() + 1, text.words.end());
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
