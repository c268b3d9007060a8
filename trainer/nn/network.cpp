#include "trainer/nn/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/nn/activations.hpp"
#include "trainer/nn/dense.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
using Layers = std::vector<std::unique_ptr<Layer<Scalar>>>;

template <typename Scalar>
std::size_t parameter_count(const Layers<Scalar>& layers) {
  std::int64_t count = 0;
  for (const auto& layer : layers) count += layer->parameter_count();
  return static_cast<std::size_t>(count);
}

template <typename Scalar>
std::size_t largest_outputs(const Layers<Scalar>& layers) {
  int largest = 0;
  for (const auto& layer : layers) largest = std::max(largest, layer->outputs());
  return static_cast<std::size_t>(largest);
}

}  // namespace

template <typename Scalar>
Network<Scalar>::Network(Layers<Scalar> layers, std::unique_ptr<Loss<Scalar>> loss, int max_rows)
    : layers_(std::move(layers)),
      loss_(std::move(loss)),
      max_rows_(max_rows),
      parameters_(parameter_count(layers_)),
      gradients_(parameter_count(layers_)),
      output_gradient_(largest_outputs(layers_) * static_cast<std::size_t>(max_rows)),
      input_gradient_(largest_outputs(layers_) * static_cast<std::size_t>(max_rows)) {
  CHECK(!layers_.empty() && max_rows_ >= 1, "{} layers, {} rows", layers_.size(), max_rows_);
  Scalar* parameters = parameters_.data();
  Scalar* gradients = gradients_.data();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer<Scalar>& layer = *layers_[i];
    CHECK(i == 0 || layer.inputs() == layers_[i - 1]->outputs(), "layer {}: {} inputs after {}", i,
          layer.inputs(), layers_[i - 1]->outputs());
    layer.bind(parameters, gradients);
    parameters += layer.parameter_count();
    gradients += layer.parameter_count();
    outputs_.emplace_back(static_cast<std::size_t>(layer.outputs()) *
                          static_cast<std::size_t>(max_rows_));
  }
}

template <typename Scalar>
void Network<Scalar>::initialise(const RandomStreams& streams) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    RandomEngine engine = streams.stream("weights", i);
    layers_[i]->initialise(engine);
  }
}

template <typename Scalar>
BatchResult Network<Scalar>::train(std::span<const Scalar> inputs,
                                   std::span<const std::int32_t> labels, Scalar scale) {
  check(inputs, labels);
  if (labels.empty()) {
    std::ranges::fill(gradients(), Scalar(0));
    return {};
  }
  const BatchResult result = forward(Phase::training, inputs, labels, scale);
  backward(inputs.data(), static_cast<int>(labels.size()));
  return result;
}

template <typename Scalar>
BatchResult Network<Scalar>::evaluate(std::span<const Scalar> inputs,
                                      std::span<const std::int32_t> labels) {
  check(inputs, labels);
  return labels.empty() ? BatchResult{} : forward(Phase::evaluation, inputs, labels, Scalar(1));
}

template <typename Scalar>
void Network<Scalar>::check(std::span<const Scalar> inputs,
                            std::span<const std::int32_t> labels) const {
  const auto features = static_cast<std::size_t>(layers_.front()->inputs());
  CHECK(labels.size() <= static_cast<std::size_t>(max_rows_), "{} rows, made for {}", labels.size(),
        max_rows_);
  CHECK(inputs.size() == labels.size() * features, "{} inputs for {} rows of {} features",
        inputs.size(), labels.size(), features);
  const int classes = layers_.back()->outputs();
  for (const std::int32_t label : labels) {
    CHECK(label >= 0 && label < classes, "label {} of {} classes", label, classes);
  }
}

template <typename Scalar>
BatchResult Network<Scalar>::forward(Phase phase, std::span<const Scalar> inputs,
                                     std::span<const std::int32_t> labels, Scalar scale) {
  const Scalar* current = inputs.data();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i]->forward(phase, static_cast<int>(labels.size()), current, outputs_[i].data());
    current = outputs_[i].data();
  }
  return loss_->compute(current, labels, layers_.back()->outputs(), scale, output_gradient_.data());
}

template <typename Scalar>
void Network<Scalar>::backward(const Scalar* inputs, int rows) {
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const bool first = i == 0;
    layers_[i]->backward({.rows = rows,
                          .inputs = first ? inputs : outputs_[i - 1].data(),
                          .outputs = outputs_[i].data(),
                          .output_gradient = output_gradient_.data(),
                          .input_gradient = first ? nullptr : input_gradient_.data()});
    std::swap(output_gradient_, input_gradient_);
  }
}

template <typename Scalar>
Network<Scalar> make_network(const ModelSpec& spec, int max_rows) {
  validate(spec);
  if (max_rows < 1) {
    throw std::invalid_argument(
        fmt::format("a model for batches of {} rows; allowed: at least 1", max_rows));
  }
  Layers<Scalar> layers;
  for (std::size_t i = 0; i + 1 < spec.widths.size(); ++i) {
    if (i > 0) layers.push_back(make_activation<Scalar>(spec.activation, spec.widths[i]));
    layers.push_back(
        std::make_unique<Dense<Scalar>>(spec.widths[i], spec.widths[i + 1], spec.initialiser));
  }
  return Network<Scalar>(std::move(layers), make_loss<Scalar>(spec.loss, spec.focal_gamma),
                         max_rows);
}

template class Network<float>;
template class Network<double>;
template Network<float> make_network(const ModelSpec&, int);
template Network<double> make_network(const ModelSpec&, int);

}  // namespace gradwire
