#include "trainer/data/next_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/data/epoch_order.hpp"

namespace gradwire {
namespace {

// Keeps the first `count` pictures.
void limit(CaptionedSplit& split, std::optional<std::int64_t> count) {
  if (!count || *count >= split.size()) return;
  const auto kept = static_cast<std::size_t>(*count);
  const std::size_t values = kept * static_cast<std::size_t>(split.shape.features());
  split.captions.resize(kept);
  if (!split.pixels.empty()) split.pixels.resize(values);
  if (!split.features.empty()) split.features.resize(values);
}

// Exchanges the pictures, each a run of `stride` values.
template <typename Value>
std::vector<Value> in_order(const std::vector<Value>& values, std::span<const std::int64_t> order,
                            std::size_t stride) {
  std::vector<Value> result;
  if (values.empty()) return result;
  result.reserve(values.size());
  for (const std::int64_t from : order) {
    const auto begin = values.begin() + from * static_cast<std::int64_t>(stride);
    result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(stride));
  }
  return result;
}

Split to_split(CaptionedSplit captioned, const Vocabulary& vocabulary, int length,
               std::optional<EpochOrder> order) {
  Split split{.shape = captioned.shape, .classes = vocabulary.size(), .scale = captioned.scale};
  const auto stride = static_cast<std::size_t>(captioned.shape.features());
  split.pixels =
      order ? in_order(captioned.pixels, order->indices(), stride) : std::move(captioned.pixels);
  split.features = order ? in_order(captioned.features, order->indices(), stride)
                         : std::move(captioned.features);
  split.words =
      std::make_shared<const NextWords>(std::move(captioned.captions), vocabulary, length);
  return split;
}

std::vector<Words> all_captions(const CaptionedSplit& split) {
  std::vector<Words> all;
  for (const auto& captions : split.captions)
    all.insert(all.end(), captions.begin(), captions.end());
  return all;
}

int longest(std::span<const Words> captions) {
  std::size_t words = 0;
  for (const Words& caption : captions) words = std::max(words, caption.size());
  return static_cast<int>(words);
}

}  // namespace

NextWords::NextWords(std::vector<std::vector<Words>> captions, const Vocabulary& vocabulary,
                     int length)
    : captions_(std::move(captions)), vocabulary_(vocabulary), length_(length) {
  CHECK(length_ >= 1, "length {}", length_);
  for (std::size_t picture = 0; picture < captions_.size(); ++picture) {
    for (const Words& caption : captions_[picture]) {
      const std::vector<std::int32_t> words = vocabulary_.encode(caption);
      const auto begin = static_cast<std::int32_t>(words_.size());
      words_.insert(words_.end(), words.begin(), words.end());
      CHECK(words_.size() < std::numeric_limits<std::int32_t>::max(), "{} words", words_.size());
      const int count = std::min(static_cast<int>(words.size()) - 1, length_);
      for (int so_far = 1; so_far <= count; ++so_far) {
        places_.push_back({static_cast<std::int32_t>(picture), begin, so_far});
      }
    }
  }
}

NextWords::Sample NextWords::at(std::int64_t index) const {
  CHECK(index >= 0 && index < size(), "sample {} of {}", index, size());
  const Place& place = places_[static_cast<std::size_t>(index)];
  const std::span<const std::int32_t> words(words_.data() + place.begin,
                                            static_cast<std::size_t>(place.count) + 1);
  return {place.picture, words.first(words.size() - 1), words.back()};
}

Dataset make_next_words(CaptionedDataset data, std::optional<std::int64_t> train,
                        std::optional<std::int64_t> test, const NextWordOptions& options) {
  limit(data.train, train);
  limit(data.test, test);
  if (data.train.size() == 0 || data.test.size() == 0) {
    throw DataError(fmt::format("{}: no picture to train on, or none to test with", data.name));
  }
  const std::vector<Words> captions = all_captions(data.train);
  const Vocabulary vocabulary(captions, options.minimum_count);
  const int length = options.length.value_or(longest(captions) + 1);
  const RandomStreams streams(options.seed);
  const auto order = [&](std::uint64_t split, std::int64_t pictures) {
    return options.shuffled ? std::optional<EpochOrder>(std::in_place, streams, split, pictures)
                            : std::nullopt;
  };
  const auto train_order = order(0, data.train.size());
  const auto test_order = order(1, data.test.size());
  return {.name = data.name,
          .train = to_split(std::move(data.train), vocabulary, length, train_order),
          .test = to_split(std::move(data.test), vocabulary, length, test_order)};
}

void gather_picture(const Split& split, std::int64_t picture, float* inputs) {
  const auto features = static_cast<std::size_t>(split.shape.features());
  const std::size_t begin = static_cast<std::size_t>(picture) * features;
  if (!split.features.empty()) {
    std::copy_n(split.features.data() + begin, features, inputs);
    return;
  }
  const auto channels = static_cast<std::size_t>(split.shape.channels);
  const std::size_t plane = features / channels;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const float factor = 1.0F / (255.0F * split.scale[channel].deviation);
    const float shift = split.scale[channel].mean / split.scale[channel].deviation;
    const std::uint8_t* pixels = split.pixels.data() + begin + channel * plane;
    for (std::size_t i = 0; i < plane; ++i) {
      *inputs++ = static_cast<float>(pixels[i]) * factor - shift;
    }
  }
}

void gather_next_words(const Split& split, std::span<const std::int64_t> indices,
                       std::vector<float>& inputs, std::vector<std::int32_t>& labels) {
  const NextWords& words = *split.words;
  struct Row {
    NextWords::Sample sample;
    std::size_t at;  // in the indices
  };
  std::vector<Row> rows;
  rows.reserve(indices.size());
  for (const std::int64_t index : indices) rows.push_back({words.at(index), rows.size()});
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    const std::size_t more = a.sample.words.size();
    const std::size_t less = b.sample.words.size();
    return more > less || (more == less && a.at < b.at);
  });
  const auto features = static_cast<std::size_t>(split.shape.features());
  const auto length = static_cast<std::size_t>(words.length());
  inputs.resize(indices.size() * (features + length));
  labels.resize(indices.size());
  float* row = inputs.data();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const NextWords::Sample& sample = rows[i].sample;
    gather_picture(split, sample.picture, row);
    row = std::copy(sample.words.begin(), sample.words.end(), row + features);
    row = std::fill_n(row, length - sample.words.size(), float{Vocabulary::kPadding});
    labels[i] = sample.next;
  }
}

}  // namespace gradwire
