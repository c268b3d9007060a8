// The transpose of a matrix, row-major.
#pragma once

#include <algorithm>
#include <cstdint>

namespace gradwire {

/// From rows x columns to columns x rows. In squares, so that each cache line that is read or
/// written is whole before it leaves the cache.
template <typename Scalar>
void transpose(const Scalar* from, int rows, int columns, Scalar* to) {
  constexpr int kSide = 16;
  for (int top = 0; top < rows; top += kSide) {
    const int bottom = std::min(rows, top + kSide);
    for (int left = 0; left < columns; left += kSide) {
      const int right = std::min(columns, left + kSide);
      for (int column = left; column < right; ++column) {
        for (int row = top; row < bottom; ++row) {
          to[std::int64_t{column} * rows + row] = from[std::int64_t{row} * columns + column];
        }
      }
    }
  }
}

}  // namespace gradwire
