// Dropout: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
// JMLR 2014; in the form that scales in training, as torch.nn.Dropout.
#pragma once

#include <vector>

#include "trainer/nn/layer.hpp"

namespace gradwire {

/// y = x / (1 - rate), or 0 with probability `rate`, in training; y = x in an evaluation. Which are
/// zero is a function of the noise of the step and of `place` alone, the layer's number in the
/// model.
template <typename Scalar>
class Dropout final : public Layer<Scalar> {
 public:
  Dropout(int width, double rate, std::uint64_t place, int max_rows);

  int inputs() const override { return width_; }
  int outputs() const override { return width_; }

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  int width_;
  double rate_;
  std::uint64_t place_;
  std::vector<Scalar> factors_;  // of the last training batch: 0 or 1 / (1 - rate)
};

}  // namespace gradwire
