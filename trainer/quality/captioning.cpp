#include "trainer/quality/captioning.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "netmodel/check.hpp"
#include "trainer/quality/decoding.hpp"

namespace gradwire {
namespace {

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
class Writer {
 public:
  Writer(Model& model, const NextWords& words, std::span<const float> pictures, std::size_t count,
         int width)
      : model_(model), words_(words), pictures_(pictures), features_(pictures.size() / count) {
    const DecodingOptions options{
        .start = Vocabulary::kStart, .end = Vocabulary::kEnd, .words_max = words.length()};
    searches_.assign(count, BeamSearch(options, width));
  }

  std::vector<Words> write() {
    while (add_word()) {
    }
    std::vector<Words> captions;
    captions.reserve(searches_.size());
    for (const BeamSearch& search : searches_) {
      captions.push_back(words_.vocabulary().decode(search.best()));
    }
    return captions;
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
    for (BeamSearch& search : searches_) {
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
  std::vector<BeamSearch> searches_;
  std::vector<float> inputs_;
  std::vector<std::int32_t> labels_;
};

}  // namespace

std::vector<Words> write_captions(Model& model, const NextWords& words,
                                  std::span<const float> pictures, int width, int rows_max) {
  CHECK(width >= 1 && rows_max >= width, "a beam of {} in batches of {}", width, rows_max);
  const auto features = static_cast<std::size_t>(model.inputs() - words.length());
  CHECK(pictures.size() % features == 0, "{} numbers, {} a picture", pictures.size(), features);
  const auto together = static_cast<std::size_t>(rows_max / width);
  std::vector<Words> captions;
  for (std::size_t first = 0; first < pictures.size(); first += together * features) {
    const auto some =
        pictures.subspan(first, std::min(together * features, pictures.size() - first));
    for (Words& caption : Writer(model, words, some, some.size() / features, width).write()) {
      captions.push_back(std::move(caption));
    }
  }
  return captions;
}

}  // namespace gradwire
