#include "trainer/nn/activations.hpp"

#include <Eigen/Core>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
using Values = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
template <typename Scalar>
using ConstValues = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>>;

// dx = dy where y > 0, slope dy elsewhere. A loop that GCC vectorises, as it does not Eigen's
// select().
template <typename Scalar>
void scale_by_slope(ConstValues<Scalar> y, ConstValues<Scalar> dy, Values<Scalar> dx,
                    Scalar slope) {
  const Scalar* const from = dy.data();
  const Scalar* const sign = y.data();
  Scalar* const to = dx.data();
  const Eigen::Index size = y.size();
#pragma GCC ivdep  // `to` is `from`, or does not overlap it
  for (Eigen::Index i = 0; i < size; ++i) {
    to[i] = from[i] * (sign[i] > Scalar(0) ? Scalar(1) : slope);
  }
}

// What differs between the activations: y from x, and dx from y and dy.
template <typename Scalar>
struct Relu {
  static void forward(ConstValues<Scalar> x, Values<Scalar> y) { y = x.max(Scalar(0)); }
  static void backward(ConstValues<Scalar> y, ConstValues<Scalar> dy, Values<Scalar> dx) {
    scale_by_slope(y, dy, dx, Scalar(0));
  }
};

template <typename Scalar>
struct LeakyRelu {
  static constexpr Scalar kSlope = static_cast<Scalar>(kLeakySlope);
  static void forward(ConstValues<Scalar> x, Values<Scalar> y) { y = x.max(kSlope * x); }
  static void backward(ConstValues<Scalar> y, ConstValues<Scalar> dy, Values<Scalar> dx) {
    scale_by_slope(y, dy, dx, kSlope);
  }
};

template <typename Scalar>
struct Tanh {
  static void forward(ConstValues<Scalar> x, Values<Scalar> y) { y = x.tanh(); }
  static void backward(ConstValues<Scalar> y, ConstValues<Scalar> dy, Values<Scalar> dx) {
    dx = dy * (Scalar(1) - y * y);
  }
};

template <typename Scalar>
struct Sigmoid {
  static void forward(ConstValues<Scalar> x, Values<Scalar> y) { y = x.logistic(); }
  static void backward(ConstValues<Scalar> y, ConstValues<Scalar> dy, Values<Scalar> dx) {
    dx = dy * y * (Scalar(1) - y);
  }
};

template <typename Scalar, template <typename> typename Function>
class Elementwise final : public Layer<Scalar> {
 public:
  explicit Elementwise(int width) : width_(width) {}

  int inputs() const override { return width_; }
  int outputs() const override { return width_; }
  bool works_in_place() const override { return true; }
  bool keeps_outputs() const override { return true; }

  void forward(const ForwardPass<Scalar>& pass) override {
    const Eigen::Index size = Eigen::Index{pass.rows} * width_;
    Function<Scalar>::forward({pass.inputs, size}, {pass.outputs, size});
  }

  void backward(const BackwardPass<Scalar>& pass) override {
    if (pass.input_gradient == nullptr) return;
    const Eigen::Index size = Eigen::Index{pass.rows} * width_;
    Function<Scalar>::backward({pass.outputs, size}, {pass.output_gradient, size},
                               {pass.input_gradient, size});
  }

 private:
  int width_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> make_activation(Activation activation, int width) {
  switch (activation) {
    case Activation::relu:
      return std::make_unique<Elementwise<Scalar, Relu>>(width);
    case Activation::leaky_relu:
      return std::make_unique<Elementwise<Scalar, LeakyRelu>>(width);
    case Activation::tanh:
      return std::make_unique<Elementwise<Scalar, Tanh>>(width);
    case Activation::sigmoid:
      return std::make_unique<Elementwise<Scalar, Sigmoid>>(width);
  }
  CHECK(false, "activation {}", static_cast<int>(activation));
}

template std::unique_ptr<Layer<float>> make_activation(Activation, int);
template std::unique_ptr<Layer<double>> make_activation(Activation, int);

}  // namespace gradwire
