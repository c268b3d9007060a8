#include "trainer/data/dataset.hpp"

#include <array>
#include <cstddef>

#include "netmodel/check.hpp"
#include "trainer/data/next_words.hpp"

namespace gradwire {
namespace {

using PixelValues = std::array<float, 256>;

PixelValues normalised_pixels(PixelScale scale) {
  PixelValues values{};
  for (std::size_t pixel = 0; pixel < values.size(); ++pixel) {
    values[pixel] = (static_cast<float>(pixel) / 255.0F - scale.mean) / scale.deviation;
  }
  return values;
}

}  // namespace

std::int64_t Split::size() const {
  return words ? words->size() : static_cast<std::int64_t>(labels.size());
}

int Split::inputs() const { return shape.features() + (words ? words->length() : 0); }

void gather(const Split& split, std::span<const std::int64_t> indices, std::vector<float>& inputs,
            std::vector<std::int32_t>& labels) {
  if (split.words) {
    gather_next_words(split, indices, inputs, labels);
    return;
  }
  const auto channels = static_cast<std::size_t>(split.shape.channels);
  CHECK(split.scale.size() == channels, "{} scales for {} channels", split.scale.size(), channels);
  const auto features = static_cast<std::size_t>(split.shape.features());
  const std::size_t plane = features / channels;
  inputs.resize(indices.size() * features);
  labels.resize(indices.size());
  for (std::size_t row = 0; row < indices.size(); ++row) {
    CHECK(indices[row] >= 0 && indices[row] < split.size(), "sample {} of {}", indices[row],
          split.size());
    const auto sample = static_cast<std::size_t>(indices[row]);
    labels[row] = split.labels[sample];
  }
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const PixelValues normalised = normalised_pixels(split.scale[channel]);
    float* input = inputs.data() + channel * plane;
    for (const std::int64_t index : indices) {
      const std::uint8_t* pixels =
          split.pixels.data() + static_cast<std::size_t>(index) * features + channel * plane;
      for (std::size_t i = 0; i < plane; ++i) input[i] = normalised[pixels[i]];
      input += features;
    }
  }
}

}  // namespace gradwire
