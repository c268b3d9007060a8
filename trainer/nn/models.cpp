#include "trainer/nn/models.hpp"

#include <array>
#include <utility>

namespace gradwire {

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
