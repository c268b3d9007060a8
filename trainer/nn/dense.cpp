#include "trainer/nn/dense.hpp"

#include <algorithm>
#include <cstddef>

#include "trainer/nn/gemm.hpp"
#include "trainer/nn/initialisers.hpp"

namespace gradwire {

template <typename Scalar>
void Dense<Scalar>::bind(Scalar* parameters, Scalar* gradients) {
  weights_ = parameters;
  biases_ = parameters + weight_count();
  weight_gradients_ = gradients;
  bias_gradients_ = gradients + weight_count();
}

template <typename Scalar>
void Dense<Scalar>::initialise(RandomEngine& engine) {
  draw_weights<Scalar>(initialiser_, {inputs_, outputs_}, engine,
                       {weights_, static_cast<std::size_t>(weight_count())});
  std::fill_n(biases_, outputs_, Scalar(0));
}

template <typename Scalar>
void Dense<Scalar>::forward(Phase /*phase*/, int rows, const Scalar* inputs, Scalar* outputs) {
  gemm<Scalar>({rows, outputs_, inputs_}, {inputs}, {weights_}, outputs);
  for (int row = 0; row < rows; ++row) {
    Scalar* out = outputs + std::int64_t{row} * outputs_;
    for (int j = 0; j < outputs_; ++j) out[j] += biases_[j];
  }
}

template <typename Scalar>
void Dense<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  gemm<Scalar>({inputs_, outputs_, pass.rows}, {pass.inputs, true}, {pass.output_gradient},
               weight_gradients_);
  std::fill_n(bias_gradients_, outputs_, Scalar(0));
  for (int row = 0; row < pass.rows; ++row) {
    const Scalar* gradient = pass.output_gradient + std::int64_t{row} * outputs_;
    for (int j = 0; j < outputs_; ++j) bias_gradients_[j] += gradient[j];
  }
  if (pass.input_gradient != nullptr) {
    gemm<Scalar>({pass.rows, inputs_, outputs_}, {pass.output_gradient}, {weights_, true},
                 pass.input_gradient);
  }
}

template class Dense<float>;
template class Dense<double>;

}  // namespace gradwire
