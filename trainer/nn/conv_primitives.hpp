// oneDNN's convolutions for one layer and one number of rows.
#pragma once

#include <memory>

#include "trainer/nn/windows.hpp"

namespace gradwire {

/// As LinearMap, for the layouts of make_conv_map. Made and used by threads that have the same
/// number of threads for products (backend.hpp).
class ConvPrimitives {
 public:
  ConvPrimitives(const Windows& windows, int rows);
  ~ConvPrimitives();
  ConvPrimitives(ConvPrimitives&&) noexcept;
  ConvPrimitives& operator=(ConvPrimitives&&) noexcept;

  void apply(const float* x, const float* weights, const float* biases, float* y);
  void weight_gradient(const float* x, const float* dy, float* dweights, float* dbiases);
  void input_gradient(const float* dy, const float* weights, float* dx);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gradwire
