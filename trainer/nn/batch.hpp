// What goes into one training or evaluation step of a model, and what comes out of it.
#pragma once

#include <cstdint>
#include <span>

namespace gradwire {

/// Samples with their labels; views of the caller's buffers.
struct Batch {
  std::span<const float> inputs;         ///< rows x features, row-major
  std::span<const std::int32_t> labels;  ///< one class in [0, classes) a row

  int rows() const { return static_cast<int>(labels.size()); }
};

struct BatchResult {
  double loss_sum = 0;       ///< sum of the losses of the samples, not scaled
  std::int64_t correct = 0;  ///< samples whose largest output is their label's
};

}  // namespace gradwire
