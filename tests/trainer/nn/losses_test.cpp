#include "trainer/nn/losses.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace gradwire {
namespace {

constexpr std::array kAllLosses = {LossKind::mean_squared_error, LossKind::cross_entropy,
                                   LossKind::focal};

struct Computed {
  BatchResult result;
  std::vector<double> gradient;
};

Computed compute(LossKind kind, const std::vector<double>& outputs,
                 const std::vector<std::int32_t>& labels, int classes, double scale,
                 double gamma = 0) {
  Computed computed{{}, std::vector<double>(outputs.size(), 1e9)};
  computed.result = make_loss<double>(kind, gamma)
                        ->compute(outputs.data(), labels, classes, scale, computed.gradient.data());
  return computed;
}

TEST(MeanSquaredError, MatchesHandDerivedNumbers) {
  // Row 1, target (1, 0): errors (-0.5, 0.25); loss (0.25 + 0.0625) / 2 = 0.15625.
  // Row 2, target (0, 1): errors (2, -1); loss (4 + 1) / 2 = 2.5; its largest output is the wrong
  // one. Gradient: 2 / 2 * error * 0.5.
  const Computed computed =
      compute(LossKind::mean_squared_error, {0.5, 0.25, 2, 0}, {0, 1}, 2, 0.5);
  EXPECT_DOUBLE_EQ(computed.result.loss_sum, 2.65625);
  EXPECT_EQ(computed.result.correct, 1);
  EXPECT_EQ(computed.gradient, (std::vector<double>{-0.25, 0.125, 1, -0.5}));
}

TEST(CrossEntropy, MatchesHandDerivedNumbers) {
  // exp of the outputs is (1, 2, 5): the softmax is (1/8, 2/8, 5/8), the loss of label 1 is
  // -log(2/8) = log 4, the gradient (1/8, 2/8 - 1, 5/8) times 2.
  const Computed computed =
      compute(LossKind::cross_entropy, {0, std::log(2.0), std::log(5.0)}, {1}, 3, 2);
  EXPECT_NEAR(computed.result.loss_sum, std::log(4.0), 1e-15);
  EXPECT_EQ(computed.result.correct, 0);
  EXPECT_NEAR(computed.gradient[0], 0.25, 1e-15);
  EXPECT_NEAR(computed.gradient[1], -1.5, 1e-15);
  EXPECT_NEAR(computed.gradient[2], 1.25, 1e-15);
}

TEST(CrossEntropy, IsStableForLargeOutputs) {
  // exp(10000) is infinite; the softmax of (10000, 9999) is that of (1, 0):
  // loss of label 1 = log(1 + e) - 0.
  const Computed computed =
      compute(LossKind::cross_entropy, {10000, 9999, -10000, 10000}, {1, 1}, 2, 1);
  const double e = std::exp(1.0);
  EXPECT_NEAR(computed.result.loss_sum, std::log(1 + e), 1e-12);
  EXPECT_NEAR(computed.gradient[0], e / (1 + e), 1e-12);
  EXPECT_NEAR(computed.gradient[1], -e / (1 + e), 1e-12);
  EXPECT_NEAR(computed.gradient[2], 0, 1e-12);
  EXPECT_NEAR(computed.gradient[3], 0, 1e-12);
}

TEST(Focal, MatchesHandDerivedNumbers) {
  // As above the softmax is (1/8, 2/8, 5/8). With gamma 2 the loss of label 1 is (3/4)^2 log 4, and
  // the gradient is (3/4)^2 (1 + 2 * 1/4 * log 4 / (3/4)) = 9/16 + 3/8 log 4 times (p - t).
  const Computed computed =
      compute(LossKind::focal, {0, std::log(2.0), std::log(5.0)}, {1}, 3, 2, 2);
  EXPECT_NEAR(computed.result.loss_sum, 9.0 / 16 * std::log(4.0), 1e-15);
  EXPECT_EQ(computed.result.correct, 0);
  const double factor = 2 * (9.0 / 16 + 3.0 / 8 * std::log(4.0));
  EXPECT_NEAR(computed.gradient[0], factor / 8, 1e-14);
  EXPECT_NEAR(computed.gradient[1], -factor * 3 / 4, 1e-14);
  EXPECT_NEAR(computed.gradient[2], factor * 5 / 8, 1e-14);
}

TEST(Focal, WithoutGammaIsTheCrossEntropy) {
  const std::vector<double> outputs = {0.3, -1, 2, 5, 0, 1};
  const Computed focal = compute(LossKind::focal, outputs, {1, 0}, 3, 0.5, 0);
  const Computed entropy = compute(LossKind::cross_entropy, outputs, {1, 0}, 3, 0.5);
  EXPECT_NEAR(focal.result.loss_sum, entropy.result.loss_sum, 1e-14);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_NEAR(focal.gradient[i], entropy.gradient[i], 1e-15);
  }
}

TEST(Focal, IsFiniteWhereTheSoftmaxIsZeroOrOne) {
  // p of the label is 1 in the first row: nothing left to learn. It is exp(-10000) = 0 in the
  // second: the loss is 10000, and the gradient that of the cross entropy, (1, -1).
  for (const double gamma : {0.5, 2.0}) {
    const Computed computed = compute(LossKind::focal, {10000, 0, 10000, 0}, {0, 1}, 2, 1, gamma);
    EXPECT_EQ(computed.result.loss_sum, 10000);
    EXPECT_EQ(computed.gradient, (std::vector<double>{0, 0, 1, -1}));
  }
}

TEST(Losses, TheFirstOfEqualOutputsIsTheAnswer) {
  for (const LossKind kind : kAllLosses) {
    EXPECT_EQ(compute(kind, {1, 1, 1, 1}, {0, 1}, 2, 1).result.correct, 1) << to_string(kind);
  }
}

TEST(Losses, WhatIsNotANumberIsNeverCorrect) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const LossKind kind : kAllLosses) {
    const Computed computed = compute(kind, {kNan, kNan}, {0}, 2, 1);
    EXPECT_EQ(computed.result.correct, 0) << to_string(kind);
    EXPECT_TRUE(std::isnan(computed.result.loss_sum)) << to_string(kind);
  }
}

}  // namespace
}  // namespace gradwire
