// What dense and convolutional layers have in common: outputs that are sums of inputs times
// weights. Which layer the weights belong to, whether they are trained, masked or frozen, is not
// known here.
#pragma once

#include <cstdint>
#include <memory>

#include "trainer/nn/initialisers.hpp"
#include "trainer/nn/windows.hpp"

namespace gradwire {

/// All matrices are row-major; rows >= 1. A map may keep workspace, so that it is used by one
/// thread at a time.
template <typename Scalar>
class LinearMap {
 public:
  virtual ~LinearMap() = default;

  virtual int inputs() const = 0;   ///< features a row
  virtual int outputs() const = 0;  ///< features a row: each kind in turn, again and again
  virtual int kinds() const = 0;    ///< outputs that have weights of their own: one bias each
  virtual Fans fans() const = 0;    ///< fans().in x kinds() weights, row-major

  /// y = the map of x, and the bias of each kind added; overwrites y. `biases` may be null.
  virtual void apply(int rows, const Scalar* x, const Scalar* weights, const Scalar* biases,
                     Scalar* y) = 0;

  /// From dy to dweights and dbiases, overwritten; `dbiases` may be null.
  virtual void weight_gradient(int rows, const Scalar* x, const Scalar* dy, Scalar* dweights,
                               Scalar* dbiases) = 0;

  /// From dy to dx, overwritten.
  virtual void input_gradient(int rows, const Scalar* dy, const Scalar* weights, Scalar* dx) = 0;

  std::int64_t weight_count() const { return std::int64_t{fans().in} * kinds(); }
};

/// Every output is a sum over all inputs; weights are inputs x outputs.
template <typename Scalar>
std::unique_ptr<LinearMap<Scalar>> make_dense_map(int inputs, int outputs);

/// The cross-correlation of images of height x width x channels; weights are kernel height x kernel
/// width x input channels x output channels. float goes through oneDNN, and allocates in the first
/// use with each number of rows; double is a plain loop, for gradient checks.
template <typename Scalar>
std::unique_ptr<LinearMap<Scalar>> make_conv_map(const Windows& windows);

}  // namespace gradwire
