#include "trainer/nn/residual.hpp"

#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {

template <typename Scalar>
Residual<Scalar>::Residual(Chain<Scalar> inside) : inside_(std::move(inside)) {
  CHECK(inside_.inputs() == inside_.outputs(), "{} inputs, {} outputs", inside_.inputs(),
        inside_.outputs());
}

template <typename Scalar>
void Residual<Scalar>::initialise(RandomEngine& engine) {
  for (const auto& layer : inside_.layers()) layer->initialise(engine);
}

template <typename Scalar>
void Residual<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  const Scalar* change = inside_.forward(pass);
  const std::int64_t size = std::int64_t{pass.rows} * outputs();
  for (std::int64_t i = 0; i < size; ++i) pass.outputs[i] = pass.inputs[i] + change[i];
}

template <typename Scalar>
void Residual<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  inside_.backward(pass);
  if (pass.input_gradient == nullptr) return;
  const std::int64_t size = std::int64_t{pass.rows} * inputs();
  for (std::int64_t i = 0; i < size; ++i) pass.input_gradient[i] += pass.output_gradient[i];
}

template class Residual<float>;
template class Residual<double>;

}  // namespace gradwire
