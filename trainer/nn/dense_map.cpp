#include <cstddef>
#include <vector>

#include "trainer/nn/bias.hpp"
#include "trainer/nn/gemm.hpp"
#include "trainer/nn/linear_map.hpp"
#include "trainer/nn/transpose.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
class DenseMap final : public LinearMap<Scalar> {
 public:
  DenseMap(int inputs, int outputs) : inputs_(inputs), outputs_(outputs) {}

  int inputs() const override { return inputs_; }
  int outputs() const override { return outputs_; }
  int kinds() const override { return outputs_; }
  Fans fans() const override { return {inputs_, outputs_}; }

  void apply(int rows, const Scalar* x, const Scalar* weights, const Scalar* biases,
             Scalar* y) override {
    gemm<Scalar>({rows, outputs_, inputs_}, {x}, {weights}, y);
    if (biases != nullptr) {
      add_biases<Scalar>({biases, static_cast<std::size_t>(outputs_)}, {y, values(rows)});
    }
  }

  void weight_gradient(int rows, const Scalar* x, const Scalar* dy, Scalar* dweights,
                       Scalar* dbiases) override {
    gemm<Scalar>({inputs_, outputs_, rows}, {x, true}, {dy}, dweights);
    if (dbiases != nullptr) {
      sum_bias_gradients<Scalar>({dy, values(rows)}, {dbiases, static_cast<std::size_t>(outputs_)});
    }
  }

  void input_gradient(int rows, const Scalar* dy, const Scalar* weights, Scalar* dx) override {
    // oneDNN copies a transposed second factor before the product. With few rows that takes as
    // long, unless the weights come first; with very few it does without a copy.
    constexpr int kFewest = 16;
    constexpr int kMost = 64;
    if (rows < kFewest || rows > kMost) {
      gemm<Scalar>({rows, inputs_, outputs_}, {dy}, {weights, true}, dx);
      return;
    }
    transposed_.resize(static_cast<std::size_t>(kMost) * static_cast<std::size_t>(inputs_));
    gemm<Scalar>({inputs_, rows, outputs_}, {weights}, {dy, true}, transposed_.data());
    transpose(transposed_.data(), inputs_, rows, dx);
  }

 private:
  std::size_t values(int rows) const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(outputs_);
  }

  int inputs_;
  int outputs_;
  std::vector<Scalar> transposed_;  // the input gradient, inputs x rows
};

}  // namespace

template <typename Scalar>
std::unique_ptr<LinearMap<Scalar>> make_dense_map(int inputs, int outputs) {
  return std::make_unique<DenseMap<Scalar>>(inputs, outputs);
}

template std::unique_ptr<LinearMap<float>> make_dense_map(int, int);
template std::unique_ptr<LinearMap<double>> make_dense_map(int, int);

}  // namespace gradwire
