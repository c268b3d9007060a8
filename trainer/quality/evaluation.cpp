#include "trainer/quality/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "trainer/data/next_words.hpp"
#include "trainer/quality/bleu.hpp"

namespace gradwire {
namespace {

constexpr int kTop = 5;
constexpr std::uint64_t kBootstrapSeed = 1;  // the same draws for every model

// The counts over all samples.
struct Counts {
  double loss_sum = 0.0;
  std::int64_t correct = 0;
  std::int64_t top = 0;
  std::vector<std::int64_t> confusion;
};

// Of a row: whether fewer than kTop outputs are larger than the label's. A NaN is never at the top.
bool is_at_top(std::span<const float> outputs, std::int32_t label) {
  const float own = outputs[static_cast<std::size_t>(label)];
  const auto larger = std::ranges::count_if(outputs, [own](float other) { return other > own; });
  return larger < kTop && !std::isnan(own);
}

void count(std::span<const float> outputs, std::span<const std::int32_t> labels, Counts& counts) {
  const std::size_t classes = outputs.size() / labels.size();
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto own = outputs.subspan(row * classes, classes);
    counts.top += is_at_top(own, labels[row]) ? 1 : 0;
    if (counts.confusion.empty()) continue;
    const auto taken_for = static_cast<std::size_t>(std::ranges::max_element(own) - own.begin());
    ++counts.confusion[static_cast<std::size_t>(labels[row]) * classes + taken_for];
  }
}

Counts count_all(Model& model, const Split& test, int rows_max) {
  Counts counts;
  const auto classes = static_cast<std::size_t>(test.classes);
  if (!test.words && test.classes <= kConfusionClassesMax)
    counts.confusion.resize(classes * classes);
  std::vector<std::int64_t> indices;
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;
  for (std::int64_t first = 0; first < test.size(); first += rows_max) {
    indices.resize(static_cast<std::size_t>(std::min<std::int64_t>(rows_max, test.size() - first)));
    std::iota(indices.begin(), indices.end(), first);
    gather(test, indices, inputs, labels);
    const BatchResult result = model.evaluate({inputs, labels});
    counts.loss_sum += result.loss_sum;
    counts.correct += result.correct;
    count(model.outputs(), labels, counts);
  }
  return counts;
}

std::vector<float> pictures_of(const Split& test) {
  const auto features = static_cast<std::size_t>(test.shape.features());
  const auto count = test.words->captions().size();
  std::vector<float> pictures(features * count);
  for (std::size_t i = 0; i < count; ++i) {
    gather_picture(test, static_cast<std::int64_t>(i), pictures.data() + i * features);
  }
  return pictures;
}

void add_bleu(const std::vector<Words>& said, const NextWords& words, const std::string& ending,
              std::vector<Score>& scores) {
  std::vector<Bleu> texts(said.size());
  for (std::size_t i = 0; i < said.size(); ++i) texts[i].add(said[i], words.captions()[i]);
  Bleu all;
  for (const Bleu& text : texts) all.add(text);
  const auto intervals = bleu_intervals(texts, RandomStreams(kBootstrapSeed).stream("bootstrap"));
  for (int orders = 1; orders <= Bleu::kOrders; ++orders) {
    const BleuInterval& interval = intervals[static_cast<std::size_t>(orders - 1)];
    scores.push_back(
        {fmt::format("bleu{}{}", orders, ending), all.score(orders), interval.low, interval.high});
  }
}

}  // namespace

Quality evaluate(Model& model, const ModelSpec& spec, const Split& test, int rows_max,
                 const CaptionSearch& beam) {
  Counts counts = count_all(model, test, rows_max);
  const auto samples = static_cast<double>(test.size());
  Quality quality{.accuracy = static_cast<double>(counts.correct) / samples,
                  .scores = {{"loss", counts.loss_sum / samples}},
                  .confusion = std::move(counts.confusion)};
  if (test.classes > kTop) {
    quality.scores.push_back({"top5", static_cast<double>(counts.top) / samples});
  }
  if (!test.words) return quality;
  if (spec.loss == LossKind::cross_entropy) {
    quality.scores.push_back({"perplexity", std::exp(counts.loss_sum / samples)});
  }
  const std::vector<float> pictures = pictures_of(test);
  add_bleu(write_captions(model, *test.words, pictures, {.width = 1}, rows_max), *test.words, "",
           quality.scores);
  add_bleu(write_captions(model, *test.words, pictures, beam, rows_max), *test.words, "-beam",
           quality.scores);
  return quality;
}

}  // namespace gradwire
