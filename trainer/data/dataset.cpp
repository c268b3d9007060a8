#include "trainer/data/dataset.hpp"

#include <array>
#include <cstddef>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

std::array<float, 256> normalised_pixels() {
  std::array<float, 256> values{};
  for (std::size_t pixel = 0; pixel < values.size(); ++pixel) {
    values[pixel] = (static_cast<float>(pixel) / 255.0F - kPixelMean) / kPixelDeviation;
  }
  return values;
}

}  // namespace

void gather(const Split& split, std::span<const std::int64_t> indices, std::vector<float>& inputs,
            std::vector<std::int32_t>& labels) {
  static const std::array<float, 256> normalised = normalised_pixels();
  const auto features = static_cast<std::size_t>(split.features);
  inputs.resize(indices.size() * features);
  labels.resize(indices.size());
  float* input = inputs.data();
  for (std::size_t row = 0; row < indices.size(); ++row) {
    CHECK(indices[row] >= 0 && indices[row] < split.size(), "sample {} of {}", indices[row],
          split.size());
    const auto sample = static_cast<std::size_t>(indices[row]);
    labels[row] = split.labels[sample];
    const std::uint8_t* pixels = split.pixels.data() + sample * features;
    for (std::size_t i = 0; i < features; ++i) input[i] = normalised[pixels[i]];
    input += features;
  }
}

}  // namespace gradwire
