#include "trainer/nn/chain.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
using Layers = std::vector<std::unique_ptr<Layer<Scalar>>>;

// The largest gradient that is passed between two of the layers.
template <typename Scalar>
std::size_t largest_between(const Layers<Scalar>& layers, int rows) {
  int largest = 0;
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    largest = std::max(largest, layers[i]->outputs());
  }
  return static_cast<std::size_t>(largest) * static_cast<std::size_t>(rows);
}

template <typename Scalar>
std::size_t first_trained(const Layers<Scalar>& layers) {
  const auto found =
      std::ranges::find_if(layers, [](const auto& layer) { return layer->parameter_count() > 0; });
  return static_cast<std::size_t>(found - layers.begin());
}

}  // namespace

template <typename Scalar>
Chain<Scalar>::Chain(Layers<Scalar> layers, int max_rows)
    : layers_(std::move(layers)),
      max_rows_(max_rows),
      first_trained_(first_trained(layers_)),
      gradient_(largest_between(layers_, max_rows)),
      next_gradient_(largest_between(layers_, max_rows)) {
  CHECK(!layers_.empty() && max_rows_ >= 1, "{} layers, {} rows", layers_.size(), max_rows_);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    CHECK(i == 0 || layers_[i]->inputs() == layers_[i - 1]->outputs(),
          "layer {}: {} inputs after {}", i, layers_[i]->inputs(), layers_[i - 1]->outputs());
    if (i > 0 && layers_[i]->works_in_place() && !layers_[i - 1]->keeps_outputs()) {
      outputs_.push_back(outputs_.back());
      continue;
    }
    buffers_.emplace_back(static_cast<std::size_t>(layers_[i]->outputs()) *
                          static_cast<std::size_t>(max_rows_));
    outputs_.push_back(buffers_.back().data());
  }
}

template <typename Scalar>
std::int64_t Chain<Scalar>::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& layer : layers_) count += layer->parameter_count();
  return count;
}

template <typename Scalar>
std::int64_t Chain<Scalar>::frozen_count() const {
  std::int64_t count = 0;
  for (const auto& layer : layers_) count += layer->frozen_count();
  return count;
}

template <typename Scalar>
void Chain<Scalar>::bind(LayerMemory<Scalar> memory) {
  for (const auto& layer : layers_) {
    layer->bind(memory);
    memory.parameters += layer->parameter_count();
    memory.gradients += layer->parameter_count();
    memory.frozen += layer->frozen_count();
  }
}

template <typename Scalar>
const Scalar* Chain<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  ForwardPass<Scalar> own = pass;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    own.outputs = outputs_[i];
    layers_[i]->forward(own);
    own.inputs = own.outputs;
  }
  return own.outputs;
}

template <typename Scalar>
void Chain<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  const bool input_wanted = pass.input_gradient != nullptr;
  const Scalar* output_gradient = pass.output_gradient;
  for (std::size_t i = layers_.size(); i-- > 0;) {
    if (!input_wanted && i < first_trained_) return;
    const bool passed_on = i > 0 && (input_wanted || i > first_trained_);
    const bool overwrites = i > 0 && i + 1 < layers_.size() && in_place(i);
    Scalar* const between = overwrites ? gradient_.data() : next_gradient_.data();
    Scalar* const input_gradient = i == 0 ? pass.input_gradient : between;
    layers_[i]->backward({.rows = pass.rows,
                          .inputs = i == 0 ? pass.inputs : outputs_[i - 1],
                          .outputs = outputs_[i],
                          .output_gradient = output_gradient,
                          .input_gradient = i == 0 || passed_on ? input_gradient : nullptr});
    if (!overwrites) std::swap(gradient_, next_gradient_);
    output_gradient = gradient_.data();
  }
}

template class Chain<float>;
template class Chain<double>;

}  // namespace gradwire
