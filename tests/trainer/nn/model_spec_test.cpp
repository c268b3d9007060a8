#include "trainer/nn/model_spec.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace gradwire {
namespace {

std::string refusal(const ModelSpec& spec) {
  try {
    validate(spec);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(ModelSpec, SignatureNamesWhatCostsTime) {
  EXPECT_EQ(signature({.widths = {784, 512, 256, 10}, .loss = LossKind::mean_squared_error}),
            "mlp 784-512-256-10 relu mse");
  EXPECT_EQ(signature({.widths = {3, 2}, .activation = Activation::tanh}),
            "mlp 3-2 tanh cross-entropy");
}

TEST(ModelSpec, FlopsCountEveryProduct) {
  // 4-3-2: outputs 2 (12 + 6), weight gradients the same, one input gradient 2 * 6: 84.
  EXPECT_DOUBLE_EQ(flops_per_sample({.widths = {4, 3, 2}}), 84);
  // A single layer has no input gradient to compute: 2 * 2 * 20.
  EXPECT_DOUBLE_EQ(flops_per_sample({.widths = {5, 4}}), 80);
}

TEST(ModelSpec, RefusesWhatIsNoModel) {
  EXPECT_EQ(refusal({.widths = {784, 10}}), "");
  EXPECT_EQ(refusal({.widths = {784}}),
            "a model of 1 widths; allowed: at least 2, the features and the classes");
  EXPECT_EQ(refusal({.widths = {784, 0, 10}}), "a layer of width 0; allowed: at least 1");
}

}  // namespace
}  // namespace gradwire
