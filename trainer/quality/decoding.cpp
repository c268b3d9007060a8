#include "trainer/quality/decoding.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

struct Text {
  std::vector<std::int32_t> words;  // from the start word
  double logarithm = 0.0;           // of its probability

  double mean() const {
    return words.size() < 2 ? 0.0 : logarithm / static_cast<double>(words.size() - 1);
  }
};

// A text with one more word.
struct Extension {
  std::size_t text;
  std::int32_t word;
  double logarithm;
};

}  // namespace

std::vector<std::int32_t> decode_greedily(const NextWord& next, const DecodingOptions& options) {
  return decode_by_beam(next, options, 1);
}

std::vector<std::int32_t> decode_by_beam(const NextWord& next, const DecodingOptions& options,
                                         int width) {
  CHECK(width >= 1 && options.words_max >= 1, "width {}, {} words", width, options.words_max);
  std::vector<Text> texts = {{{options.start}, 0.0}};
  std::vector<Text> complete;
  for (int length = 0; length < options.words_max && !texts.empty(); ++length) {
    std::vector<Extension> extensions;
    for (std::size_t text = 0; text < texts.size(); ++text) {
      const std::vector<float> logarithms = next(texts[text].words);
      CHECK(!logarithms.empty(), "no next word");
      for (std::size_t word = 0; word < logarithms.size(); ++word) {
        // What is not a number is never chosen.
        const double logarithm = std::isnan(logarithms[word]) ? -HUGE_VAL : logarithms[word];
        extensions.push_back(
            {text, static_cast<std::int32_t>(word), texts[text].logarithm + logarithm});
      }
    }
    const auto kept =
        std::min<std::size_t>(extensions.size(), static_cast<std::size_t>(width) - complete.size());
    std::ranges::partial_sort(
        extensions, extensions.begin() + static_cast<std::ptrdiff_t>(kept), {},
        [](const Extension& e) { return std::tuple(-e.logarithm, e.text, e.word); });
    extensions.resize(kept);
    std::vector<Text> longer;
    for (const Extension& extension : extensions) {
      Text text = texts[extension.text];
      text.words.push_back(extension.word);
      text.logarithm = extension.logarithm;
      (extension.word == options.end ? complete : longer).push_back(std::move(text));
    }
    texts = std::move(longer);
  }
  complete.insert(complete.end(), texts.begin(), texts.end());
  Text& best = *std::ranges::max_element(complete, {}, &Text::mean);
  best.words.erase(best.words.begin());
  if (!best.words.empty() && best.words.back() == options.end) best.words.pop_back();
  return std::move(best.words);
}

}  // namespace gradwire
