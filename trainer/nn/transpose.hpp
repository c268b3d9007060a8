// The transpose of a matrix, row-major.
#pragma once

#include <xmmintrin.h>

#include <algorithm>
#include <cstdint>

namespace gradwire {

/// A part of a matrix, row-major, whose rows are `stride` values apart.
template <typename Scalar>
struct MatrixPart {
  Scalar* data;
  std::int64_t stride;

  MatrixPart at(int row, int column) const { return {data + row * stride + column, stride}; }
};

/// Four rows and columns.
template <typename Scalar>
void transpose_four(MatrixPart<const Scalar> from, MatrixPart<Scalar> to) {
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      to.data[column * to.stride + row] = from.data[row * from.stride + column];
    }
  }
}

template <>
inline void transpose_four(MatrixPart<const float> from, MatrixPart<float> to) {
  __m128 rows[4];
  for (int i = 0; i < 4; ++i) rows[i] = _mm_loadu_ps(from.data + i * from.stride);
  _MM_TRANSPOSE4_PS(rows[0], rows[1], rows[2], rows[3]);
  for (int i = 0; i < 4; ++i) _mm_storeu_ps(to.data + i * to.stride, rows[i]);
}

/// From rows x columns to columns x rows. In squares, so that each cache line that is read or
/// written is whole before it leaves the cache.
template <typename Scalar>
void transpose(const Scalar* from, int rows, int columns, Scalar* to) {
  constexpr int kSide = 16;
  const MatrixPart<const Scalar> whole{from, columns};
  const MatrixPart<Scalar> result{to, rows};
  for (int top = 0; top < rows; top += kSide) {
    const int bottom = std::min(rows, top + kSide);
    for (int left = 0; left < columns; left += kSide) {
      const int right = std::min(columns, left + kSide);
      for (int row = top; row < bottom; row += 4) {
        for (int column = left; column < right; column += 4) {
          if (row + 4 <= bottom && column + 4 <= right) {
            transpose_four<Scalar>(whole.at(row, column), result.at(column, row));
            continue;
          }
          for (int i = row; i < std::min(row + 4, bottom); ++i) {
            for (int j = column; j < std::min(column + 4, right); ++j) {
              *result.at(j, i).data = *whole.at(i, j).data;
            }
          }
        }
      }
    }
  }
}

}  // namespace gradwire
