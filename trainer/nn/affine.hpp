// The trained layer over a linear map, dense or convolutional: y = map(x) + b.
#pragma once

#include <memory>

#include "trainer/nn/layer.hpp"
#include "trainer/nn/linear_map.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// Parameters: the weights of the map; then b, one for each of its kinds of outputs.
template <typename Scalar>
class Affine final : public Layer<Scalar> {
 public:
  Affine(std::unique_ptr<LinearMap<Scalar>> map, Initialiser initialiser)
      : map_(std::move(map)), initialiser_(initialiser) {}

  int inputs() const override { return map_->inputs(); }
  int outputs() const override { return map_->outputs(); }
  std::int64_t parameter_count() const override { return map_->weight_count() + map_->kinds(); }

  void bind(const LayerMemory<Scalar>& memory) override;

  /// Weights as the initialiser draws them, biases 0.
  void initialise(RandomEngine& engine) override;

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  std::unique_ptr<LinearMap<Scalar>> map_;
  Initialiser initialiser_;
  Scalar* weights_ = nullptr;
  Scalar* biases_ = nullptr;
  Scalar* weight_gradients_ = nullptr;
  Scalar* bias_gradients_ = nullptr;
};

}  // namespace gradwire
