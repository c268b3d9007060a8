#include "trainer/nn/channels_last.hpp"

namespace gradwire {
namespace {

// Each of `count` matrices of rows x columns becomes its transpose.
template <typename Scalar>
void transpose(const Scalar* from, Scalar* to, int count, int rows, int columns) {
  for (int i = 0; i < count; ++i) {
    for (int column = 0; column < columns; ++column) {
      for (int row = 0; row < rows; ++row) *to++ = from[std::int64_t{row} * columns + column];
    }
    from += std::int64_t{rows} * columns;
  }
}

}  // namespace

template <typename Scalar>
void ChannelsLast<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  transpose(pass.inputs, pass.outputs, pass.rows, shape_.channels, shape_.height * shape_.width);
}

template <typename Scalar>
void ChannelsLast<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  if (pass.input_gradient == nullptr) return;
  transpose(pass.output_gradient, pass.input_gradient, pass.rows, shape_.height * shape_.width,
            shape_.channels);
}

template class ChannelsLast<float>;
template class ChannelsLast<double>;

}  // namespace gradwire
