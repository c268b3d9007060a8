#include "trainer/nn/channels_last.hpp"

#include "trainer/nn/transpose.hpp"

namespace gradwire {
template <typename Scalar>
void ChannelsLast<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  for (int row = 0; row < pass.rows; ++row) {
    const std::int64_t begin = std::int64_t{row} * shape_.features();
    transpose(pass.inputs + begin, shape_.channels, shape_.height * shape_.width,
              pass.outputs + begin);
  }
}

template <typename Scalar>
void ChannelsLast<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  if (pass.input_gradient == nullptr) return;
  for (int row = 0; row < pass.rows; ++row) {
    const std::int64_t begin = std::int64_t{row} * shape_.features();
    transpose(pass.output_gradient + begin, shape_.height * shape_.width, shape_.channels,
              pass.input_gradient + begin);
  }
}

template class ChannelsLast<float>;
template class ChannelsLast<double>;

}  // namespace gradwire
