#include "trainer/nn/tensor_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/nn/models.hpp"

namespace gradwire {
namespace {

using Content = TensorPlace::Content;

// Whether all but the output layer are those of vgg16().
bool is_vgg16(const ModelSpec& spec) {
  const std::vector<LayerSpec> layers = vgg16();
  return spec.layers.size() == layers.size() + 1 &&
         std::equal(layers.begin(), layers.end(), spec.layers.begin());
}

std::string vgg16_name(const ModelSpec& spec, std::size_t index) {
  const auto flattening = std::ranges::find(spec.layers, LayerKind::flatten, &LayerSpec::kind);
  const auto features = static_cast<std::size_t>(flattening - spec.layers.begin());
  return index < features ? fmt::format("features.{}", index)
                          : fmt::format("classifier.{}", index - features - 1);
}

class Collector {
 public:
  using Name = std::function<std::string(std::size_t)>;

  std::vector<TensorPlace> take() { return std::move(places_); }

  // The shape after the layers. Images are in the order of the layers after the first that needs
  // them so, as build_layers() has it; a dense layer sums over their features in that order.
  SampleShape add(const std::vector<LayerSpec>& layers, const Name& name, SampleShape shape) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      add(layers[i], name(i), shape);
      shape = output_shape(layers[i], shape);
    }
    return shape;
  }

 private:
  void add(const LayerSpec& layer, const std::string& name, const SampleShape& shape) {
    const auto below = [&name](std::size_t i) { return fmt::format("{}.{}", name, i); };
    switch (layer.kind) {
      case LayerKind::dense:
        add_dense(layer, name, shape);
        image_.reset();
        return;
      case LayerKind::conv: {
        const std::int64_t side = layer.window;
        add_weighted(layer, name, {layer.outputs, shape.channels, side, side},
                     {side, side, shape.channels, layer.outputs}, {3, 2, 0, 1});
        image_ = output_shape(layer, shape);
        return;
      }
      case LayerKind::max_pool:
      case LayerKind::avg_pool:
        image_ = output_shape(layer, shape);
        return;
      case LayerKind::residual:
        add(layer.inside, below, shape);
        return;
      case LayerKind::embedding:
        put(name + ".weight", {layer.vocabulary, layer.outputs}, Content::trained);
        image_.reset();
        return;
      case LayerKind::lstm:
        add_lstm(layer, name, shape);
        image_.reset();
        return;
      case LayerKind::merge:
        for (std::size_t i = 0; i < layer.inside.size(); ++i) {
          image_.reset();
          add(layer.inside[i], below(i), layer.inside[i].part);
        }
        return;
      case LayerKind::branch:
        add(layer.inside, below, shape);
        return;
      case LayerKind::activation:
      case LayerKind::dropout:
      case LayerKind::flatten:
        return;
    }
    CHECK(false, "layer {}", static_cast<int>(layer.kind));
  }

  void add_dense(const LayerSpec& layer, const std::string& name, const SampleShape& shape) {
    const std::vector<std::int64_t> torch = {layer.outputs, shape.features()};
    if (!image_) {
      add_weighted(layer, name, torch, {shape.features(), layer.outputs}, {1, 0});
      return;
    }
    // PyTorch flattens channels of rows of pixels.
    add_weighted(layer, name, torch,
                 {image_->height, image_->width, image_->channels, layer.outputs}, {3, 2, 0, 1});
  }

  // Weights and biases, or weights that are frozen and their scores.
  void add_weighted(const LayerSpec& layer, const std::string& name,
                    const std::vector<std::int64_t>& torch, const std::vector<std::int64_t>& sizes,
                    const std::vector<int>& axes) {
    const bool has_scores = layer.keep.has_value();
    put(name + ".weight", torch, has_scores ? Content::frozen : Content::trained, sizes, axes);
    if (has_scores) {
      put(name + ".scores", torch, Content::trained, sizes, axes);
    } else {
      put(name + ".bias", {layer.outputs}, Content::trained);
    }
  }

  // PyTorch has two biases, which are only ever used as their sum.
  void add_lstm(const LayerSpec& layer, const std::string& name, const SampleShape& shape) {
    const std::int64_t gates = std::int64_t{4} * layer.outputs;
    put(name + ".weight_ih_l0", {gates, shape.channels}, Content::trained, {shape.channels, gates},
        {1, 0});
    put(name + ".weight_hh_l0", {gates, layer.outputs}, Content::trained, {layer.outputs, gates},
        {1, 0});
    put(name + ".bias_ih_l0", {gates}, Content::trained);
    TensorPlace other = places_.back();
    other.name = name + ".bias_hh_l0";
    other.content = Content::added;
    places_.push_back(std::move(other));
  }

  // In the same order here.
  void put(std::string name, const std::vector<std::int64_t>& shape, Content content) {
    std::vector<int> axes(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
    put(std::move(name), shape, content, shape, axes);
  }

  void put(std::string name, const std::vector<std::int64_t>& shape, Content content,
           const std::vector<std::int64_t>& sizes, const std::vector<int>& axes) {
    std::int64_t& end = content == Content::frozen ? frozen_end_ : trained_end_;
    places_.push_back({std::move(name), shape, end, content, sizes, axes});
    end += places_.back().count();
  }

  std::vector<TensorPlace> places_;
  std::optional<SampleShape> image_;  // whose pixels the features here are, in the layers' order
  std::int64_t trained_end_ = 0;
  std::int64_t frozen_end_ = 0;
};

// Calls `use` with each place of a tensor in PyTorch's order: from 0 there, and where it is here.
template <typename Use>
void for_each_value(const TensorPlace& place, Use use) {
  const std::size_t rank = place.sizes.size();
  std::vector<std::int64_t> strides(rank, 1);  // here, by axis
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * place.sizes[i];
  std::vector<std::int64_t> at(rank, 0);  // in PyTorch's order
  std::int64_t here = place.offset;
  for (std::int64_t there = 0; there < place.count(); ++there) {
    use(there, here);
    for (std::size_t i = rank; i-- > 0;) {
      const auto axis = static_cast<std::size_t>(place.axes[i]);
      here += strides[axis];
      if (++at[i] < place.sizes[axis]) break;
      here -= strides[axis] * place.sizes[axis];
      at[i] = 0;
    }
  }
}

}  // namespace

std::int64_t TensorPlace::count() const {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<TensorPlace> tensor_layout(const ModelSpec& spec) {
  Collector collector;
  const bool vgg = is_vgg16(spec);
  collector.add(
      spec.layers, [&](std::size_t i) { return vgg ? vgg16_name(spec, i) : std::to_string(i); },
      spec.input);
  return collector.take();
}

std::vector<float> tensor_values(const TensorPlace& place, std::span<const float> all) {
  std::vector<float> values(static_cast<std::size_t>(place.count()));
  if (place.content == Content::added) return values;
  for_each_value(place, [&](std::int64_t there, std::int64_t here) {
    values[static_cast<std::size_t>(there)] = all[static_cast<std::size_t>(here)];
  });
  return values;
}

void place_tensor(const TensorPlace& place, std::span<const float> values, std::span<float> all) {
  CHECK(static_cast<std::int64_t>(values.size()) == place.count(), "{} values of {}", values.size(),
        place.count());
  for_each_value(place, [&](std::int64_t there, std::int64_t here) {
    float& value = all[static_cast<std::size_t>(here)];
    value =
        values[static_cast<std::size_t>(there)] + (place.content == Content::added ? value : 0.0F);
  });
}

}  // namespace gradwire
