// The numbers that a layer adds to its sums.
#pragma once

#include <span>

#include "trainer/nn/layer.hpp"

namespace gradwire {

/// Adds the biases to each stretch of as many values.
template <typename Scalar>
void add_biases(std::span<const Scalar> biases, std::span<Scalar> values);

/// What backward makes of that: the sum of the stretches, overwriting `bias_gradients`.
template <typename Scalar>
void sum_bias_gradients(std::span<const Scalar> gradients, std::span<Scalar> bias_gradients);

/// y = x + b, alone, after sums that are made elsewhere. Parameters: b.
template <typename Scalar>
class Bias final : public Layer<Scalar> {
 public:
  explicit Bias(int width) : width_(width) {}

  int inputs() const override { return width_; }
  int outputs() const override { return width_; }
  std::int64_t parameter_count() const override { return width_; }

  void bind(const LayerMemory<Scalar>& memory) override;
  void initialise(RandomEngine& engine) override;
  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  int width_;
  std::span<Scalar> biases_;
  std::span<Scalar> gradients_;
};

}  // namespace gradwire
