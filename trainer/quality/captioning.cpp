#include "trainer/quality/captioning.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/quality/consensus.hpp"
#include "trainer/quality/decoding.hpp"

namespace gradwire {
namespace {

constexpr std::uint64_t kSamplesSeed = 1;  // the same draws for every model
constexpr double kDraftTemperature = 0.5;

// The logarithms of the probabilities of the next words, out of a row of the model's outputs.
std::vector<float> logarithms_of(std::span<const float> outputs) {
  const float largest = *std::ranges::max_element(outputs);
  double sum = 0.0;
  for (const float output : outputs) sum += std::exp(output - largest);
  const auto shift = largest + static_cast<float>(std::log(sum));
  std::vector<float> logarithms(outputs.begin(), outputs.end());
  for (float& value : logarithms) value -= shift;
  for (const std::int32_t never :
       {Vocabulary::kPadding, Vocabulary::kStart, Vocabulary::kUnknown}) {
    logarithms[static_cast<std::size_t>(never)] = -HUGE_VALF;
  }
  return logarithms;
}

// Some pictures, whose captions grow together.
template <typename Search>
class Writer {
 public:
  // Each search is for the picture in its place.
  Writer(Model& model, const NextWords& words, std::span<const float> pictures,
         std::vector<Search> searches)
      : model_(model),
        words_(words),
        pictures_(pictures),
        features_(pictures.size() / searches.size()),
        searches_(std::move(searches)) {}

  // The searches when they are over.
  const std::vector<Search>& write() {
    while (add_word()) {
    }
    return searches_;
  }

 private:
  // False when all are complete.
  bool add_word() {
    inputs_.clear();
    std::size_t rows = 0;
    for (std::size_t i = 0; i < searches_.size(); ++i) {
      for (const auto& text : searches_[i].open()) {
        add_row(pictures_.subspan(i * features_, features_), text);
        ++rows;
      }
    }
    if (rows == 0) return false;
    labels_.assign(rows, Vocabulary::kEnd);  // nobody asks for the loss
    model_.evaluate({inputs_, labels_});
    const std::span<const float> outputs = model_.outputs();
    const std::size_t classes = outputs.size() / rows;
    std::size_t row = 0;
    for (Search& search : searches_) {
      std::vector<std::vector<float>> next;
      for (std::size_t text = 0; text < search.open().size(); ++text) {
        next.push_back(logarithms_of(outputs.subspan(classes * row++, classes)));
      }
      if (!next.empty()) search.extend(next);
    }
    return true;
  }

  void add_row(std::span<const float> picture, std::span<const std::int32_t> text) {
    inputs_.insert(inputs_.end(), picture.begin(), picture.end());
    inputs_.insert(inputs_.end(), text.begin(), text.end());
    inputs_.resize(inputs_.size() + static_cast<std::size_t>(words_.length()) - text.size(),
                   float{Vocabulary::kPadding});
  }

  Model& model_;
  const NextWords& words_;
  std::span<const float> pictures_;
  std::size_t features_;
  std::vector<Search> searches_;
  std::vector<float> inputs_;
  std::vector<std::int32_t> labels_;
};

// Of some pictures, by number; the first of them has the number `first` of all.
std::vector<std::vector<std::int32_t>> find_captions(Model& model, const NextWords& words,
                                                     std::span<const float> pictures,
                                                     std::size_t count, std::size_t first,
                                                     const CaptionSearch& search) {
  const DecodingOptions options{.start = Vocabulary::kStart,
                                .end = Vocabulary::kEnd,
                                .words_max = words.length(),
                                .length_penalty = search.length_penalty,
                                .no_repeat = search.no_repeat};
  Writer beams(model, words, pictures, std::vector(count, BeamSearch(options, search.width)));
  std::vector<std::vector<std::int32_t>> captions;
  captions.reserve(count);
  if (search.samples == 0) {
    for (const BeamSearch& beam : beams.write()) captions.push_back(beam.best());
    return captions;
  }
  const auto draw = [&](const char* stream, int texts, double temperature) {
    std::vector<TextSampler> samplers;
    samplers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      samplers.emplace_back(options, texts, RandomStreams(kSamplesSeed).stream(stream, first + i),
                            temperature);
    }
    return Writer(model, words, pictures, std::move(samplers)).write();
  };
  const std::vector<TextSampler> said = draw("captions", search.samples, 1.0);
  std::vector<TextSampler> drafts;
  if (search.drafts > 0) drafts = draw("drafts", search.drafts, kDraftTemperature);
  const std::vector<BeamSearch>& found = beams.write();
  for (std::size_t i = 0; i < count; ++i) {
    auto candidates = found[i].texts();
    if (!drafts.empty()) {
      candidates.insert(candidates.end(), drafts[i].texts().begin(), drafts[i].texts().end());
    }
    captions.push_back(candidates[most_agreed(candidates, said[i].texts())]);
  }
  return captions;
}

}  // namespace

int rows_of(const CaptionSearch& search) {
  return std::max({search.width, search.samples, search.drafts});
}

std::vector<Words> write_captions(Model& model, const NextWords& words,
                                  std::span<const float> pictures, const CaptionSearch& search,
                                  int rows_max) {
  const int rows = rows_of(search);
  CHECK(search.width >= 1 && rows_max >= rows, "{} rows a picture in batches of {}", rows,
        rows_max);
  const auto features = static_cast<std::size_t>(model.inputs() - words.length());
  CHECK(pictures.size() % features == 0, "{} numbers, {} a picture", pictures.size(), features);
  const auto together = static_cast<std::size_t>(rows_max / rows);
  const std::size_t all = pictures.size() / features;
  std::vector<Words> captions;
  for (std::size_t first = 0; first < all; first += together) {
    const std::size_t count = std::min(together, all - first);
    const auto some = pictures.subspan(first * features, count * features);
    for (const auto& caption : find_captions(model, words, some, count, first, search)) {
      captions.push_back(words.vocabulary().decode(caption));
    }
  }
  return captions;
}

}  // namespace gradwire
