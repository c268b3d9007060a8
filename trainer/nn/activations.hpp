// Element-wise non-linearities, each written in terms of its output y, which is all that its
// derivative needs.
#pragma once

#include <memory>

#include "trainer/nn/layer.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// relu: y = max(x, 0), dy/dx = 1 where y > 0, else 0; leaky_relu: y = max(x, kLeakySlope x), dy/dx
/// = 1 where y > 0, else kLeakySlope; tanh: dy/dx = 1 - y^2; sigmoid:
/// y = 1 / (1 + exp(-x)), dy/dx = y (1 - y). `width` features a row.
template <typename Scalar>
std::unique_ptr<Layer<Scalar>> make_activation(Activation activation, int width);

}  // namespace gradwire
