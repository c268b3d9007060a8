#include "trainer/nn/dropout.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gradwire {
namespace {

// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: splitmix64 as
// a function of a counter.
std::uint64_t mixed(std::uint64_t counter) {
  std::uint64_t bits = counter * 0x9e3779b97f4a7c15U;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31);
}

}  // namespace

template <typename Scalar>
Dropout<Scalar>::Dropout(int width, double rate, std::uint64_t place, int max_rows)
    : width_(width),
      rate_(rate),
      place_(place),
      factors_(static_cast<std::size_t>(width) * static_cast<std::size_t>(max_rows)) {}

template <typename Scalar>
void Dropout<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  const std::int64_t size = std::int64_t{pass.rows} * width_;
  if (pass.phase == Phase::evaluation) {
    std::copy_n(pass.inputs, size, pass.outputs);
    return;
  }
  // Half of a 64-bit number decides about each value.
  const auto limit = static_cast<std::uint32_t>(std::lround(std::ldexp(rate_, 32) - 0.5));
  const auto kept = static_cast<Scalar>(1.0 / (1.0 - rate_));
  const std::uint64_t start = mixed(mixed(place_) ^ pass.noise);
  Scalar* const factors = factors_.data();
  for (std::int64_t i = 0; i < size; i += 2) {
    const std::uint64_t bits = mixed(start + static_cast<std::uint64_t>(i));
    factors[i] = static_cast<std::uint32_t>(bits) < limit ? Scalar(0) : kept;
    if (i + 1 < size) {
      factors[i + 1] = static_cast<std::uint32_t>(bits >> 32) < limit ? Scalar(0) : kept;
    }
  }
  for (std::int64_t i = 0; i < size; ++i) pass.outputs[i] = factors[i] * pass.inputs[i];
}

template <typename Scalar>
void Dropout<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  if (pass.input_gradient == nullptr) return;
  const std::int64_t size = std::int64_t{pass.rows} * width_;
  for (std::int64_t i = 0; i < size; ++i) {
    pass.input_gradient[i] = factors_[static_cast<std::size_t>(i)] * pass.output_gradient[i];
  }
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace gradwire
