// How far a network's outputs are from the labels, and in which direction they should move.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "trainer/nn/batch.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

template <typename Scalar>
class Loss {
 public:
  virtual ~Loss() = default;

  /// outputs: labels.size() x classes, row-major; gradient, likewise, is overwritten with
  /// d(sum of sample losses * scale)/d(output). Labels are in [0, classes). A sample with an output
  /// that is not a number has no finite loss, and counts as wrong if its first output is one.
  virtual BatchResult compute(const Scalar* outputs, std::span<const std::int32_t> labels,
                              int classes, Scalar scale, Scalar* gradient) = 0;
};

/// `focal_gamma` is that of ModelSpec, and of no use to the other losses.
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> make_loss(LossKind kind, double focal_gamma);

}  // namespace gradwire
