#include "trainer/nn/affine.hpp"

#include <algorithm>
#include <cstddef>

#include "trainer/nn/initialisers.hpp"

namespace gradwire {

template <typename Scalar>
void Affine<Scalar>::bind(const LayerMemory<Scalar>& memory) {
  weights_ = memory.parameters;
  biases_ = memory.parameters + map_->weight_count();
  weight_gradients_ = memory.gradients;
  bias_gradients_ = memory.gradients + map_->weight_count();
}

template <typename Scalar>
void Affine<Scalar>::initialise(RandomEngine& engine) {
  draw_weights<Scalar>(initialiser_, map_->fans(), engine,
                       {weights_, static_cast<std::size_t>(map_->weight_count())});
  std::fill_n(biases_, map_->kinds(), Scalar(0));
}

template <typename Scalar>
void Affine<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  map_->apply(pass.rows, pass.inputs, weights_, biases_, pass.outputs);
}

template <typename Scalar>
void Affine<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  map_->weight_gradient(pass.rows, pass.inputs, pass.output_gradient, weight_gradients_,
                        bias_gradients_);
  if (pass.input_gradient != nullptr) {
    map_->input_gradient(pass.rows, pass.output_gradient, weights_, pass.input_gradient);
  }
}

template class Affine<float>;
template class Affine<double>;

}  // namespace gradwire
