#include "trainer/nn/split_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "netmodel/check.hpp"
#include "trainer/nn/bias.hpp"
#include "trainer/nn/build_layers.hpp"

namespace gradwire {
namespace {

using Specs = std::vector<LayerSpec>;

// The first layer that does something.
Specs::const_iterator first_layer(const Specs& layers) {
  return std::ranges::find_if(
      layers, [](const LayerSpec& layer) { return layer.kind != LayerKind::flatten; });
}

bool can_split(const LayerSpec& layer) { return layer.kind == LayerKind::dense && !layer.keep; }

// What follows the sums of the first layer, beginning with its biases.
Chain<float> rest_of(const ModelSpec& spec, int max_rows) {
  const int width = first_layer_sums(spec);
  ModelSpec rest = spec;
  rest.input = {.width = width};
  rest.layers.assign(std::next(first_layer(spec.layers)), spec.layers.end());
  auto layers = build_layers<float>(rest, max_rows);
  layers.insert(layers.begin(), std::make_unique<Bias<float>>(width));
  return Chain<float>(std::move(layers), max_rows);
}

std::size_t product(int a, int b) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

}  // namespace

void check_can_split(const ModelSpec& spec, int parts) {
  constexpr const char* kAllowed =
      "allowed: a model that begins with a dense layer and trains its "
      "weights";
  if (!spec.profile.empty()) {
    throw std::invalid_argument(fmt::format("features of a profile of layers; {}", kAllowed));
  }
  const auto first = first_layer(spec.layers);
  if (first == spec.layers.end() || !can_split(*first)) {
    const std::string begin = first == spec.layers.end() ? "nothing" : to_string(*first);
    throw std::invalid_argument(
        fmt::format("features of a model that begins with {}; {}", begin, kAllowed));
  }
  if (spec.input.features() < parts) {
    throw std::invalid_argument(fmt::format(
        "{} features for {} nodes; allowed: at least one for each", spec.input.features(), parts));
  }
}

int first_layer_sums(const ModelSpec& spec) {
  const auto first = first_layer(spec.layers);
  CHECK(first != spec.layers.end() && can_split(*first), "no dense layer to split in {}",
        signature(spec));
  return first->outputs;
}

ModelSpec model_of_part(const ModelSpec& spec, int features) {
  ModelSpec part = spec;
  part.input = {.width = features};
  return part;
}

double share_before_sums(const ModelSpec& spec, int features) {
  const double products = 2.0 * features * first_layer_sums(spec);
  return products / flops_per_sample(model_of_part(spec, features));
}

SplitModel::SplitModel(const ModelSpec& spec, FeatureRange features, int max_rows)
    : features_(features),
      width_(first_layer_sums(spec)),
      weights_of_all_(product(spec.input.features(), width_)),
      map_(make_dense_map<float>(features.count, width_)),
      rest_(rest_of(spec, max_rows)),
      loss_(make_loss<float>(spec.loss, spec.focal_gamma)),
      parameters_(common() + own_weights()),
      gradients_(parameters_.size()),
      frozen_(static_cast<std::size_t>(rest_.frozen_count())),
      sums_(product(width_, max_rows)),
      sum_gradients_(product(width_, max_rows)),
      output_gradients_(product(rest_.outputs(), max_rows)) {
  CHECK(features.begin >= 0 && features.count >= 1 &&
            features.begin + features.count <= spec.input.features(),
        "features {} + {} of {}", features.begin, features.count, spec.input.features());
  rest_.bind({parameters_.data(), gradients_.data(), frozen_.data()});
}

std::size_t SplitModel::common() const { return static_cast<std::size_t>(rest_.parameter_count()); }

std::size_t SplitModel::own_weights() const { return product(features_.count, width_); }

void SplitModel::take(std::span<const float> parameters, std::span<const float> frozen) {
  const std::span<const float> own =
      parameters.subspan(product(features_.begin, width_), own_weights());
  std::ranges::copy(parameters.last(common()), parameters_.data());
  std::ranges::copy(own, parameters_.data() + common());
  CHECK(frozen.size() == frozen_.size(), "{} frozen weights", frozen.size());
  std::ranges::copy(frozen, frozen_.data());
}

void SplitModel::put(std::span<float> parameters) const {
  const std::span<float> own = parameters.subspan(product(features_.begin, width_), own_weights());
  std::copy_n(parameters_.data(), common(), parameters.last(common()).data());
  std::copy_n(parameters_.data() + common(), own_weights(), own.data());
}

void SplitModel::begin(std::span<const float> inputs, int rows) {
  CHECK(rows >= 1 && rows <= rest_.max_rows() && inputs.size() == product(features_.count, rows),
        "{} inputs in {} rows", inputs.size(), rows);
  map_->apply(rows, inputs.data(), parameters_.data() + common(), nullptr, sums_.data());
}

BatchResult SplitModel::finish(std::span<const float> inputs, std::span<const std::int32_t> labels,
                               float scale) {
  const int rows = static_cast<int>(labels.size());
  CHECK(inputs.size() == product(features_.count, rows), "{} inputs in {} rows", inputs.size(),
        rows);
  const auto step = static_cast<std::uint64_t>(steps_taken_++);
  constexpr std::uint64_t kNode = 0;
  const float* outputs = rest_.forward({.phase = Phase::training,
                                        .rows = rows,
                                        .inputs = sums_.data(),
                                        .outputs = nullptr,
                                        .noise = streams_.stream("dropout", kNode, step)()});
  const BatchResult result =
      loss_->compute(outputs, labels, rest_.outputs(), scale, output_gradients_.data());
  rest_.backward({.rows = rows,
                  .inputs = sums_.data(),
                  .outputs = nullptr,
                  .output_gradient = output_gradients_.data(),
                  .input_gradient = sum_gradients_.data()});
  map_->weight_gradient(rows, inputs.data(), sum_gradients_.data(), gradients_.data() + common(),
                        nullptr);
  return result;
}

}  // namespace gradwire
