#include "trainer/nn/losses.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
using Values = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
template <typename Scalar>
using ConstValues = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>>;

// Whether the largest output, the first among equals, is the label's; a NaN never is.
template <typename Scalar>
bool is_correct(const Scalar* outputs, int classes, std::int32_t label) {
  return std::max_element(outputs, outputs + classes) == outputs + label &&
         !std::isnan(outputs[label]);
}

// Sample loss: sum over the outputs of (o - t)^2 / classes, t = 1 at the label and 0 elsewhere.
// Derivative: 2 (o - t) / classes.
template <typename Scalar>
class MeanSquaredError final : public Loss<Scalar> {
 public:
  BatchResult compute(const Scalar* outputs, std::span<const std::int32_t> labels, int classes,
                      Scalar scale, Scalar* gradient) override {
    const Scalar factor = 2 * scale / static_cast<Scalar>(classes);
    BatchResult result;
    for (const std::int32_t label : labels) {
      double squares = 0;
      for (int j = 0; j < classes; ++j) {
        const Scalar error = outputs[j] - (j == label ? Scalar(1) : Scalar(0));
        squares += static_cast<double>(error) * error;
        gradient[j] = factor * error;
      }
      result.loss_sum += squares / classes;
      result.correct += is_correct(outputs, classes, label) ? 1 : 0;
      outputs += classes;
      gradient += classes;
    }
    return result;
  }
};

// Sample loss: log(sum over j of exp(o_j - m)) - (o_label - m) with m the largest output, so that
// no exponential overflows. Derivative: softmax(o) - t, t = 1 at the label and 0 elsewhere.
// Goodfellow, Bengio, Courville, "Deep Learning", MIT Press 2016, sections 4.1 and 6.2.2.3.
template <typename Scalar>
class CrossEntropy final : public Loss<Scalar> {
 public:
  BatchResult compute(const Scalar* outputs, std::span<const std::int32_t> labels, int classes,
                      Scalar scale, Scalar* gradient) override {
    BatchResult result;
    Scalar* const exponentials = gradient;
    const auto rows = static_cast<Eigen::Index>(labels.size());
    for (Eigen::Index row = 0; row < rows; ++row) {
      const Scalar* out = outputs + row * classes;
      Scalar* shifted = exponentials + row * classes;
      const Scalar largest = ConstValues<Scalar>(out, classes).maxCoeff();
      Values<Scalar>(shifted, classes) = ConstValues<Scalar>(out, classes) - largest;
      result.loss_sum -= static_cast<double>(shifted[labels[row]]);
      if (out[labels[row]] == largest) {
        result.correct += is_correct(out, classes, labels[row]) ? 1 : 0;
      }
    }
    Values<Scalar> all(exponentials, rows * classes);
    all = all.exp();
    for (Eigen::Index row = 0; row < rows; ++row) {
      Values<Scalar> own(exponentials + row * classes, classes);
      const Scalar sum = own.sum();
      result.loss_sum += std::log(static_cast<double>(sum));
      own *= scale / sum;
      own[labels[row]] -= scale;
    }
    return result;
  }
};

// Sample loss: -(1 - p)^gamma log(p), p the softmax of the label's output. Lin, Goyal, Girshick,
// He, Dollar, "Focal loss for dense object detection", ICCV 2017, equation 4, with a softmax over
// the classes in place of the sigmoid of two. From dp/do_j = p (t_j - p_j), t = 1 at the label and
// 0 elsewhere, the derivative is (1 - p)^gamma (1 - gamma p log(p) / (1 - p)) (p_j - t_j), which is
// that of the cross entropy for gamma = 0.
template <typename Scalar>
class Focal final : public Loss<Scalar> {
 public:
  explicit Focal(double gamma) : gamma_(gamma) {}

  BatchResult compute(const Scalar* outputs, std::span<const std::int32_t> labels, int classes,
                      Scalar scale, Scalar* gradient) override {
    BatchResult result;
    for (const std::int32_t label : labels) {
      const double largest = *std::max_element(outputs, outputs + classes);
      double sum = 0;
      double others = 0;  // 1 - p = others / sum keeps its digits where p is near 1
      for (int j = 0; j < classes; ++j) {
        const double exponential = std::exp(outputs[j] - largest);
        sum += exponential;
        if (j != label) others += exponential;
        gradient[j] = static_cast<Scalar>(exponential);
      }
      const double wrong = others / sum;
      const double log_p = outputs[label] - largest - std::log(sum);
      const double weight = std::pow(wrong, gamma_);
      // log(p) / (1 - p) tends to -1 where p tends to 1.
      const double ratio = wrong > 0 ? log_p / wrong : -1.0;
      const double factor = scale * weight * (1 - gamma_ * std::exp(log_p) * ratio);
      result.loss_sum -= weight * log_p;
      result.correct += is_correct(outputs, classes, label) ? 1 : 0;
      for (int j = 0; j < classes; ++j) {
        const double direction = j == label ? -wrong : static_cast<double>(gradient[j]) / sum;
        gradient[j] = static_cast<Scalar>(factor * direction);
      }
      outputs += classes;
      gradient += classes;
    }
    return result;
  }

 private:
  double gamma_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> make_loss(LossKind kind, double focal_gamma) {
  switch (kind) {
    case LossKind::mean_squared_error:
      return std::make_unique<MeanSquaredError<Scalar>>();
    case LossKind::cross_entropy:
      return std::make_unique<CrossEntropy<Scalar>>();
    case LossKind::focal:
      return std::make_unique<Focal<Scalar>>(focal_gamma);
  }
  CHECK(false, "loss {}", static_cast<int>(kind));
}

template std::unique_ptr<Loss<float>> make_loss(LossKind, double);
template std::unique_ptr<Loss<double>> make_loss(LossKind, double);

}  // namespace gradwire
