#include "trainer/nn/models.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "trainer/nn/model_spec.hpp"

namespace gradwire {
namespace {

std::int64_t mlp_parameters(int inputs, int outputs, const std::vector<int>& hidden) {
  std::vector<int> widths = {inputs};
  widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(outputs);
  return parameter_count(mlp(widths));
}

}  // namespace

std::vector<int> widths_at_depth(int inputs, int outputs, const std::vector<int>& hidden,
                                 int depth) {
  const auto parameters = [&](const std::vector<int>& widths) {
    return mlp_parameters(inputs, outputs, widths);
  };
  const auto equal = [depth](int width) {
    return std::vector<int>(static_cast<std::size_t>(depth), width);
  };
  const std::int64_t wanted = parameters(hidden);
  // The widest equal layers that have no more parameters than wanted, by bisection.
  int width = 0;
  for (int step = 1 << 20; step > 0; step /= 2) {
    if (parameters(equal(width + step)) <= wanted) width += step;
  }
  std::vector<int> widths = equal(width);
  const auto off = [&] { return std::abs(parameters(widths) - wanted); };
  // From the last layer on: the first one has the most inputs, and so takes the largest steps.
  for (std::size_t i = widths.size(); i-- > 0;) {
    const std::int64_t before = off();
    ++widths[i];
    if (off() <= before) continue;
    --widths[i];
    break;
  }
  if (width == 0 || off() * 100 > wanted) {
    throw std::invalid_argument(
        fmt::format("no {} hidden layers come within 1 % of {} parameters; allowed: another depth, "
                    "or wider layers",
                    depth, wanted));
  }
  return widths;
}

std::vector<LayerSpec> residual_net(int kernel) {
  const LayerSpec leaky = activation(Activation::leaky_relu);
  const auto same_size = [kernel](int channels) { return conv(channels, kernel, 1, kernel / 2); };
  const LayerSpec block = residual({same_size(40), leaky, same_size(20)});
  return {same_size(20), leaky, max_pool(2, 2), block,      leaky,
          block,         leaky, flatten(),      dense(100), leaky};
}

std::vector<LayerSpec> vgg16() {
  struct Block {
    int convolutions;
    int channels;
  };
  constexpr std::array<Block, 5> kBlocks = {{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}};
  constexpr int kDense = 4096;
  const LayerSpec relu = activation(Activation::relu);
  std::vector<LayerSpec> layers;
  for (const auto& [convolutions, channels] : kBlocks) {
    for (int i = 0; i < convolutions; ++i) {
      layers.push_back(conv(channels, 3, 1, 1));
      layers.push_back(relu);
    }
    layers.push_back(max_pool(2, 2));
  }
  layers.push_back(flatten());
  for (int i = 0; i < 2; ++i) {
    layers.push_back(dense(kDense));
    layers.push_back(relu);
    layers.push_back(dropout(0.5));
  }
  return layers;
}

std::vector<LayerSpec> small_extractor() {
  std::vector<LayerSpec> layers;
  for (const int channels : {32, 64, 96}) {
    layers.push_back(conv(channels, 3, 2, 1));
    layers.push_back(activation(Activation::relu));
  }
  layers.push_back(flatten());
  return layers;
}

std::vector<LayerSpec> captioner(const CaptionerOptions& options) {
  const LayerSpec relu = activation(Activation::relu);
  std::vector<LayerSpec> image = options.extractor;
  std::vector<LayerSpec> words = {embedding(options.vocabulary, options.width)};
  if (options.dropout > 0) {
    image.push_back(dropout(options.dropout));
    words.push_back(dropout(options.dropout));
  }
  image.push_back(dense(options.width));
  image.push_back(relu);
  words.push_back(lstm(options.width));
  return {merge({branch(options.image, std::move(image)),
                 branch({.width = options.words}, std::move(words))}),
          dense(options.width), relu};
}

std::vector<LayerSpec> with_scores(std::vector<LayerSpec> layers, double keep) {
  for (LayerSpec& layer : layers) {
    if (layer.kind == LayerKind::dense || layer.kind == LayerKind::conv) layer.keep = keep;
    layer.inside = with_scores(std::move(layer.inside), keep);
  }
  return layers;
}

}  // namespace gradwire
