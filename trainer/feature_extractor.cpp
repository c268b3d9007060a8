#include "trainer/feature_extractor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "netmodel/check.hpp"
#include "trainer/nn/models.hpp"
#include "trainer/weights.hpp"

namespace gradwire {
namespace {

constexpr int kGrid = 7;
constexpr SampleShape kUsualPicture = {3, 224, 224};
constexpr int kUsualClasses = 1000;  // of an output layer that is not looked at

struct Halves {
  ModelSpec convolutions;
  ModelSpec dense;
};

Halves halves_of(const std::vector<LayerSpec>& layers, int side) {
  const auto flattening = std::ranges::find(layers, LayerKind::flatten, &LayerSpec::kind);
  Halves halves{{.input = {3, side, side}, .layers = {layers.begin(), flattening}}, {}};
  halves.convolutions.layers.push_back(*flattening);
  SampleShape seen = kUsualPicture;
  for (auto layer = layers.begin(); layer != flattening; ++layer) seen = output_shape(*layer, seen);
  halves.dense.input = {.width = seen.features()};
  halves.dense.layers = {flattening + 1, layers.end()};
  return halves;
}

std::span<const float> outputs_of(Model& model, std::span<const float> inputs) {
  constexpr std::array<std::int32_t, 1> kAnyLabel = {0};
  model.evaluate({inputs, kAnyLabel});
  return model.outputs();
}

}  // namespace

void pool_to_grid(std::span<const float> image, const SampleShape& shape, int n,
                  std::span<float> pooled) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  CHECK(pooled.size() == channels * static_cast<std::size_t>(n * n) &&
            image.size() == static_cast<std::size_t>(shape.features()),
        "{} values of {}", pooled.size(), image.size());
  const auto begin = [n](int i, int side) { return i * side / n; };
  const auto end = [n](int i, int side) { return ((i + 1) * side + n - 1) / n; };
  float* out = pooled.data();
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j, out += channels) {
      std::fill_n(out, channels, 0.0F);
      int count = 0;
      for (int y = begin(i, shape.height); y < end(i, shape.height); ++y) {
        for (int x = begin(j, shape.width); x < end(j, shape.width); ++x, ++count) {
          const float* pixel =
              image.data() + static_cast<std::size_t>(y * shape.width + x) * channels;
          for (std::size_t c = 0; c < channels; ++c) out[c] += pixel[c];
        }
      }
      for (std::size_t c = 0; c < channels; ++c) out[c] /= static_cast<float>(count);
    }
  }
}

FeatureExtractor::FeatureExtractor(const std::filesystem::path& weights, int side) : side_(side) {
  CHECK(side >= kSideMin && side <= kSideMax, "{} pixels", side);
  const std::vector<LayerSpec> layers = vgg16();
  ModelSpec whole{.input = kUsualPicture, .layers = layers};
  whole.layers.push_back(dense(kUsualClasses));
  const InitialWeights loaded = load_weights({weights, false}, whole);
  const Halves halves = halves_of(layers, side);
  convolutions_ = make_model(halves.convolutions, 1);
  dense_ = make_model(halves.dense, 1);
  const auto first = static_cast<std::ptrdiff_t>(convolutions_->parameters().size());
  CHECK(loaded.values.size() == convolutions_->parameters().size() + dense_->parameters().size(),
        "{} weights", loaded.values.size());
  std::copy_n(loaded.values.begin(), first, convolutions_->parameters().begin());
  std::copy(loaded.values.begin() + first, loaded.values.end(), dense_->parameters().begin());
  seen_ = halves.convolutions.input;
  for (const LayerSpec& layer : halves.convolutions.layers) {
    if (layer.kind != LayerKind::flatten) seen_ = output_shape(layer, seen_);
  }
  pooled_.resize(static_cast<std::size_t>(halves.dense.input.features()));
}

std::span<const float> FeatureExtractor::operator()(std::span<const float> picture) {
  pool_to_grid(outputs_of(*convolutions_, picture), seen_, kGrid, pooled_);
  return outputs_of(*dense_, pooled_);
}

}  // namespace gradwire
