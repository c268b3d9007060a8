#include "trainer/nn/bias.hpp"

#include <algorithm>
#include <cstddef>

namespace gradwire {

template <typename Scalar>
void add_biases(std::span<const Scalar> biases, std::span<Scalar> values) {
  const Scalar* const bias = biases.data();
  const std::size_t width = biases.size();
  Scalar* const end = values.data() + values.size();
  for (Scalar* out = values.data(); out != end; out += width) {
    for (std::size_t j = 0; j < width; ++j) out[j] += bias[j];
  }
}

template <typename Scalar>
void sum_bias_gradients(std::span<const Scalar> gradients, std::span<Scalar> bias_gradients) {
  std::ranges::fill(bias_gradients, Scalar(0));
  Scalar* const sums = bias_gradients.data();
  const std::size_t width = bias_gradients.size();
  const Scalar* const end = gradients.data() + gradients.size();
  for (const Scalar* gradient = gradients.data(); gradient != end; gradient += width) {
    for (std::size_t j = 0; j < width; ++j) sums[j] += gradient[j];
  }
}

template <typename Scalar>
void Bias<Scalar>::bind(const LayerMemory<Scalar>& memory) {
  const auto width = static_cast<std::size_t>(width_);
  biases_ = {memory.parameters, width};
  gradients_ = {memory.gradients, width};
}

template <typename Scalar>
void Bias<Scalar>::initialise(RandomEngine& /*engine*/) {
  std::ranges::fill(biases_, Scalar(0));
}

template <typename Scalar>
void Bias<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  const std::size_t count = static_cast<std::size_t>(pass.rows) * biases_.size();
  std::copy_n(pass.inputs, count, pass.outputs);
  add_biases<Scalar>(biases_, {pass.outputs, count});
}

template <typename Scalar>
void Bias<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  const std::size_t count = static_cast<std::size_t>(pass.rows) * biases_.size();
  sum_bias_gradients<Scalar>({pass.output_gradient, count}, gradients_);
  if (pass.input_gradient != nullptr) {
    std::copy_n(pass.output_gradient, count, pass.input_gradient);
  }
}

template void add_biases(std::span<const float>, std::span<float>);
template void add_biases(std::span<const double>, std::span<double>);
template void sum_bias_gradients(std::span<const float>, std::span<float>);
template void sum_bias_gradients(std::span<const double>, std::span<double>);
template class Bias<float>;
template class Bias<double>;

}  // namespace gradwire
