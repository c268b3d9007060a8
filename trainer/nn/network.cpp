#include "trainer/nn/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/nn/build_layers.hpp"

namespace gradwire {

template <typename Scalar>
Network<Scalar>::Network(Chain<Scalar> layers, std::unique_ptr<Loss<Scalar>> loss)
    : layers_(std::move(layers)),
      loss_(std::move(loss)),
      parameters_(static_cast<std::size_t>(layers_.parameter_count())),
      gradients_(static_cast<std::size_t>(layers_.parameter_count())),
      frozen_(static_cast<std::size_t>(layers_.frozen_count())),
      output_gradient_(static_cast<std::size_t>(layers_.outputs()) *
                       static_cast<std::size_t>(layers_.max_rows())) {
  layers_.bind({parameters_.data(), gradients_.data(), frozen_.data()});
}

template <typename Scalar>
void Network<Scalar>::initialise(const RandomStreams& streams, int node) {
  for (std::size_t i = 0; i < layers_.layers().size(); ++i) {
    RandomEngine engine = streams.stream("weights", i);
    layers_.layers()[i]->initialise(engine);
  }
  streams_ = streams;
  node_ = static_cast<std::uint64_t>(node);
  steps_taken_ = 0;
}

template <typename Scalar>
BatchResult Network<Scalar>::train(std::span<const Scalar> inputs,
                                   std::span<const std::int32_t> labels, Scalar scale) {
  check(inputs, labels);
  const auto step = static_cast<std::uint64_t>(steps_taken_++);
  if (labels.empty()) {
    std::ranges::fill(gradients(), Scalar(0));
    outputs_ = {};
    return {};
  }
  const int rows = static_cast<int>(labels.size());
  const BatchResult result = forward({.phase = Phase::training,
                                      .rows = rows,
                                      .inputs = inputs.data(),
                                      .outputs = nullptr,
                                      .noise = streams_.stream("dropout", node_, step)()},
                                     labels, scale);
  layers_.backward({.rows = rows,
                    .inputs = inputs.data(),
                    .outputs = nullptr,
                    .output_gradient = output_gradient_.data(),
                    .input_gradient = nullptr});
  return result;
}

template <typename Scalar>
BatchResult Network<Scalar>::evaluate(std::span<const Scalar> inputs,
                                      std::span<const std::int32_t> labels) {
  check(inputs, labels);
  outputs_ = {};
  if (labels.empty()) return {};
  return forward({.phase = Phase::evaluation,
                  .rows = static_cast<int>(labels.size()),
                  .inputs = inputs.data(),
                  .outputs = nullptr},
                 labels, Scalar(1));
}

template <typename Scalar>
void Network<Scalar>::check(std::span<const Scalar> inputs,
                            std::span<const std::int32_t> labels) const {
  const auto features = static_cast<std::size_t>(layers_.inputs());
  CHECK(labels.size() <= static_cast<std::size_t>(layers_.max_rows()), "{} rows, made for {}",
        labels.size(), layers_.max_rows());
  CHECK(inputs.size() == labels.size() * features, "{} inputs for {} rows of {} features",
        inputs.size(), labels.size(), features);
  const int classes = layers_.outputs();
  for (const std::int32_t label : labels) {
    CHECK(label >= 0 && label < classes, "label {} of {} classes", label, classes);
  }
}

template <typename Scalar>
BatchResult Network<Scalar>::forward(const ForwardPass<Scalar>& pass,
                                     std::span<const std::int32_t> labels, Scalar scale) {
  const Scalar* outputs = layers_.forward(pass);
  outputs_ = {outputs, labels.size() * static_cast<std::size_t>(layers_.outputs())};
  return loss_->compute(outputs, labels, layers_.outputs(), scale, output_gradient_.data());
}

template <typename Scalar>
Network<Scalar> make_network(const ModelSpec& spec, int max_rows) {
  validate(spec);
  CHECK(spec.profile.empty(), "a profile of layers computes nothing");
  if (max_rows < 1) {
    throw std::invalid_argument(
        fmt::format("a model for batches of {} rows; allowed: at least 1", max_rows));
  }
  return Network<Scalar>(Chain<Scalar>(build_layers<Scalar>(spec, max_rows), max_rows),
                         make_loss<Scalar>(spec.loss, spec.focal_gamma));
}

template class Network<float>;
template class Network<double>;
template Network<float> make_network(const ModelSpec&, int);
template Network<double> make_network(const ModelSpec&, int);

}  // namespace gradwire
