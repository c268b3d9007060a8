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
  EXPECT_EQ(signature(mlp({784, 512, 256, 10}, Activation::relu, LossKind::mean_squared_error)),
            "mlp 784-512-256-10 relu mse");
  EXPECT_EQ(signature(mlp({4, 3, 2}, Activation::tanh)), "mlp 4-3-2 tanh cross-entropy");
  EXPECT_EQ(signature({.input = {3, 8, 8}, .layers = {conv(4, 3, 1, 1), flatten(), dense(2)}}),
            "3x8x8: {conv: 4}, flatten, {dense: 2}; cross-entropy");
}

TEST(ModelSpec, FlopsCountEveryProduct) {
  // 4-3-2: outputs 2 (12 + 6), weight gradients the same, one input gradient 2 * 6: 84.
  EXPECT_DOUBLE_EQ(flops_per_sample(mlp({4, 3, 2})), 84);
  // A single layer has no input gradient to compute: 2 * 2 * 20.
  EXPECT_DOUBLE_EQ(flops_per_sample(mlp({5, 4})), 80);
}

TEST(ModelSpec, RefusesWhatIsNoModel) {
  EXPECT_EQ(refusal(mlp({784, 10})), "");
  EXPECT_THROW(mlp({784}), std::invalid_argument);
  EXPECT_EQ(refusal(mlp({784, 0, 10})), "{dense: 0}: outputs 0; allowed: at least 1");
  EXPECT_EQ(refusal(mlp({0, 10})), "inputs of 1x1x0; allowed: at least 1 each");
  EXPECT_EQ(refusal({.input = {.width = 5}, .layers = {}}),
            "a model of no layers; allowed: at least 1");
  EXPECT_EQ(refusal({.input = {.width = 5}, .layers = {activation(Activation::relu)}}),
            "a model with nothing to train; allowed: at least a dense layer");
}

}  // namespace
}  // namespace gradwire
