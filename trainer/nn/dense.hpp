// The fully connected layer: y = x W + b.
#pragma once

#include "trainer/nn/layer.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// Parameters: W, inputs x outputs, row-major; then b, one for each output.
template <typename Scalar>
class Dense final : public Layer<Scalar> {
 public:
  Dense(int inputs, int outputs, Initialiser initialiser)
      : inputs_(inputs), outputs_(outputs), initialiser_(initialiser) {}

  int inputs() const override { return inputs_; }
  int outputs() const override { return outputs_; }
  std::int64_t parameter_count() const override { return weight_count() + outputs_; }

  void bind(Scalar* parameters, Scalar* gradients) override;

  /// Weights as the initialiser draws them, biases 0.
  void initialise(RandomEngine& engine) override;

  void forward(Phase phase, int rows, const Scalar* inputs, Scalar* outputs) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  std::int64_t weight_count() const { return std::int64_t{inputs_} * outputs_; }

  int inputs_;
  int outputs_;
  Initialiser initialiser_;
  Scalar* weights_ = nullptr;
  Scalar* biases_ = nullptr;
  Scalar* weight_gradients_ = nullptr;
  Scalar* bias_gradients_ = nullptr;
};

}  // namespace gradwire
