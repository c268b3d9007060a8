// A matrix that many others are multiplied by, one after the other.
#pragma once

#include <memory>
#include <vector>

#include "trainer/nn/gemm.hpp"

namespace gradwire {

/// A copy of B, depth x columns, and the products A B; all row-major without gaps. float goes
/// through oneDNN, which reads B in an order of its own: worth its while from about a hundred rows
/// of A on, in however many products. It allocates in the first use with each number of rows. Used
/// by one thread at a time, and by threads that have the same number of threads for products
/// (backend.hpp). double is a plain loop, for gradient checks.
template <typename Scalar>
class PackedMatrix {
 public:
  PackedMatrix(int depth, int columns);

  /// Takes over B. Goes before the first product.
  void set(GemmOperand<Scalar> b);

  /// C = A B: A is rows x depth, C rows x columns, overwritten; rows >= 1.
  void multiply(int rows, const Scalar* a, Scalar* c);

 private:
  int depth_;
  int columns_;
  bool transposed_ = false;
  std::vector<Scalar> values_;
};

template <>
class PackedMatrix<float> {
 public:
  PackedMatrix(int depth, int columns);
  ~PackedMatrix();
  PackedMatrix(PackedMatrix&&) noexcept;
  PackedMatrix& operator=(PackedMatrix&&) noexcept;

  void set(GemmOperand<float> b);
  void multiply(int rows, const float* a, float* c);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gradwire
