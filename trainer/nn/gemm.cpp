#include "trainer/nn/gemm.hpp"

#include <oneapi/dnnl/dnnl.h>

#include "netmodel/check.hpp"

namespace gradwire {

template <>
void gemm<float>(const GemmShape& shape, GemmOperand<float> a, GemmOperand<float> b, float* c,
                 GemmMode mode) {
  const dnnl_status_t status =
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', shape.rows, shape.columns,
                 shape.depth, 1.0F, a.data, a.transposed ? shape.rows : shape.depth, b.data,
                 b.transposed ? shape.depth : shape.columns, mode == GemmMode::add ? 1.0F : 0.0F, c,
                 shape.columns);
  CHECK(status == dnnl_success, "dnnl_sgemm {} x {} x {}: status {}", shape.rows, shape.columns,
        shape.depth, static_cast<int>(status));
}

template <>
void gemm<double>(const GemmShape& shape, GemmOperand<double> a, GemmOperand<double> b, double* c,
                  GemmMode mode) {
  for (std::int64_t i = 0; i < shape.rows; ++i) {
    for (std::int64_t j = 0; j < shape.columns; ++j) {
      double sum = mode == GemmMode::add ? c[i * shape.columns + j] : 0.0;
      for (std::int64_t k = 0; k < shape.depth; ++k) {
        sum += a.data[a.transposed ? k * shape.rows + i : i * shape.depth + k] *
               b.data[b.transposed ? j * shape.depth + k : k * shape.columns + j];
      }
      c[i * shape.columns + j] = sum;
    }
  }
}

}  // namespace gradwire
