#include "trainer/nn/build_layers.hpp"

#include <cstddef>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/nn/activations.hpp"
#include "trainer/nn/affine.hpp"
#include "trainer/nn/chain.hpp"
#include "trainer/nn/channels_last.hpp"
#include "trainer/nn/dropout.hpp"
#include "trainer/nn/edge_popup.hpp"
#include "trainer/nn/embedding.hpp"
#include "trainer/nn/lstm.hpp"
#include "trainer/nn/merge.hpp"
#include "trainer/nn/pool.hpp"
#include "trainer/nn/residual.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
using Layers = std::vector<std::unique_ptr<Layer<Scalar>>>;

bool needs_images(const LayerSpec& layer) {
  switch (layer.kind) {
    case LayerKind::conv:
    case LayerKind::max_pool:
    case LayerKind::avg_pool:
      return true;
    case LayerKind::residual:
      return std::ranges::any_of(layer.inside, needs_images);
    case LayerKind::embedding:
    case LayerKind::lstm:
    case LayerKind::merge:
    case LayerKind::branch:
    case LayerKind::dense:
    case LayerKind::activation:
    case LayerKind::dropout:
    case LayerKind::flatten:
      return false;
  }
  CHECK(false, "layer {}", static_cast<int>(layer.kind));
}

// The largest output of an activation is the output for the largest input, as all of them rise: max
// pools come before activations, which then have fewer numbers to compute.
std::vector<LayerSpec> pools_first(std::vector<LayerSpec> layers) {
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    if (layers[i].kind == LayerKind::activation && layers[i + 1].kind == LayerKind::max_pool) {
      std::swap(layers[i], layers[i + 1]);
    }
  }
  return layers;
}

template <typename Scalar>
class Builder {
 public:
  Builder(const ModelSpec& spec, int max_rows) : spec_(spec), max_rows_(max_rows) {}

  // `shape` is that of the inputs, and then of the outputs.
  Layers<Scalar> build(const std::vector<LayerSpec>& given, SampleShape& shape) {
    const std::vector<LayerSpec> specs = pools_first(given);
    Layers<Scalar> layers;
    for (const LayerSpec& spec : specs) {
      if (!channels_last_ && needs_images(spec)) {
        channels_last_ = true;
        if (shape.channels > 1) layers.push_back(std::make_unique<ChannelsLast<Scalar>>(shape));
      }
      const SampleShape output = output_shape(spec, shape);
      if (auto layer = build(spec, shape, output)) layers.push_back(std::move(layer));
      shape = output;
    }
    return layers;
  }

 private:
  // None for a layer that does nothing.
  std::unique_ptr<Layer<Scalar>> build(const LayerSpec& spec, const SampleShape& input,
                                       const SampleShape& output) {
    const Windows windows{input, output, spec.window, spec.stride, spec.padding};
    switch (spec.kind) {
      case LayerKind::dense:
        return weighted(spec, make_dense_map<Scalar>(input.features(), spec.outputs));
      case LayerKind::conv:
        return weighted(spec, make_conv_map<Scalar>(windows));
      case LayerKind::max_pool:
        return make_max_pool<Scalar>(windows, max_rows_);
      case LayerKind::avg_pool:
        return make_avg_pool<Scalar>(windows);
      case LayerKind::activation:
        return make_activation<Scalar>(spec.activation, input.features());
      case LayerKind::dropout:
        return std::make_unique<Dropout<Scalar>>(input.features(), spec.rate, dropouts_++,
                                                 max_rows_);
      case LayerKind::flatten:
        return nullptr;
      case LayerKind::residual: {
        SampleShape shape = input;
        return std::make_unique<Residual<Scalar>>(
            Chain<Scalar>(build(spec.inside, shape), max_rows_));
      }
      case LayerKind::embedding:
        mask_ = std::make_shared<SequenceMask>(input.features(), max_rows_);
        return std::make_unique<Embedding<Scalar>>(
            typename Embedding<Scalar>::Options{spec.vocabulary, spec.outputs}, mask_);
      case LayerKind::lstm:
        if (!mask_) mask_ = std::make_shared<SequenceMask>(input.width, max_rows_);
        return std::make_unique<Lstm<Scalar>>(
            typename Lstm<Scalar>::Options{input.channels, spec.outputs, max_rows_}, mask_);
      case LayerKind::merge:
        return merge(spec);
      case LayerKind::branch:
        break;  // only inside a merge
    }
    CHECK(false, "layer {}", static_cast<int>(spec.kind));
  }

  std::unique_ptr<Layer<Scalar>> merge(const LayerSpec& spec) {
    std::vector<Chain<Scalar>> branches;
    for (const LayerSpec& branch : spec.inside) {
      // Each part of a sample comes as data sets have it.
      channels_last_ = false;
      mask_ = nullptr;
      SampleShape shape = branch.part;
      branches.emplace_back(build(branch.inside, shape), max_rows_);
    }
    channels_last_ = true;
    mask_ = nullptr;
    return std::make_unique<Merge<Scalar>>(std::move(branches));
  }

  std::unique_ptr<Layer<Scalar>> weighted(const LayerSpec& spec,
                                          std::unique_ptr<LinearMap<Scalar>> map) {
    if (spec.keep) {
      return std::make_unique<EdgePopup<Scalar>>(
          std::move(map),
          typename EdgePopup<Scalar>::Options{*spec.keep, spec_.rank, spec_.initialiser});
    }
    return std::make_unique<Affine<Scalar>>(std::move(map), spec_.initialiser);
  }

  const ModelSpec& spec_;
  int max_rows_;
  bool channels_last_ = false;  // whether images are in the order of the layers by now
  std::uint64_t dropouts_ = 0;
  std::shared_ptr<SequenceMask> mask_;  // of the sequences here; none before an embedding
};

}  // namespace

template <typename Scalar>
Layers<Scalar> build_layers(const ModelSpec& spec, int max_rows) {
  SampleShape shape = spec.input;
  return Builder<Scalar>(spec, max_rows).build(spec.layers, shape);
}

template Layers<float> build_layers(const ModelSpec&, int);
template Layers<double> build_layers(const ModelSpec&, int);

}  // namespace gradwire
