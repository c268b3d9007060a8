// The residual block: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR
// 2016, equation 1.
#pragma once

#include "trainer/nn/chain.hpp"
#include "trainer/nn/layer.hpp"

namespace gradwire {

/// y = x + inside(x); the inside has as many outputs as inputs.
template <typename Scalar>
class Residual final : public Layer<Scalar> {
 public:
  explicit Residual(Chain<Scalar> inside);

  int inputs() const override { return inside_.inputs(); }
  int outputs() const override { return inside_.outputs(); }
  std::int64_t parameter_count() const override { return inside_.parameter_count(); }
  std::int64_t frozen_count() const override { return inside_.frozen_count(); }

  void bind(const LayerMemory<Scalar>& memory) override { inside_.bind(memory); }
  void initialise(RandomEngine& engine) override;

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  Chain<Scalar> inside_;
};

}  // namespace gradwire
