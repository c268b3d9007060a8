// The one matrix product behind every layer.
#pragma once

#include <cstdint>

namespace gradwire {

/// C is rows x columns; `depth` is the dimension that the sum runs over.
struct GemmShape {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t depth;
};

/// A factor, row-major without gaps; transposed: the matrix that it stands for is its transpose.
template <typename Scalar>
struct GemmOperand {
  const Scalar* data;
  bool transposed = false;
};

enum class GemmMode {
  overwrite,  ///< C = A B
  add,        ///< C = C + A B
};

/// A stands for rows x depth, B for depth x columns. float goes through
/// oneDNN; double is a plain loop, for the gradient checks of the layers.
template <typename Scalar>
void gemm(const GemmShape& shape, GemmOperand<Scalar> a, GemmOperand<Scalar> b, Scalar* c,
          GemmMode mode = GemmMode::overwrite);

}  // namespace gradwire
