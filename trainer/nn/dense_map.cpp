#include "trainer/nn/gemm.hpp"
#include "trainer/nn/linear_map.hpp"

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

  void apply(int rows, const Scalar* x, const Scalar* weights, Scalar* y) override {
    gemm<Scalar>({rows, outputs_, inputs_}, {x}, {weights}, y);
  }

  void weight_gradient(int rows, const Scalar* x, const Scalar* dy, Scalar* dweights) override {
    gemm<Scalar>({inputs_, outputs_, rows}, {x, true}, {dy}, dweights);
  }

  void input_gradient(int rows, const Scalar* dy, const Scalar* weights, Scalar* dx) override {
    gemm<Scalar>({rows, inputs_, outputs_}, {dy}, {weights, true}, dx);
  }

 private:
  int inputs_;
  int outputs_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<LinearMap<Scalar>> make_dense_map(int inputs, int outputs) {
  return std::make_unique<DenseMap<Scalar>>(inputs, outputs);
}

template std::unique_ptr<LinearMap<float>> make_dense_map(int, int);
template std::unique_ptr<LinearMap<double>> make_dense_map(int, int);

}  // namespace gradwire
