#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

void add_model_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "model.kind",
                  .type = ChoiceType{{"mlp"}},
                  .fallback = "mlp",
                  .help = "A dense network: hidden layers and a linear output layer."});
  keys.push_back({.name = "model.hidden",
                  .type = IntegerListType{{1, 65'536}},
                  .fallback = "[512, 256]",
                  .help = "Neurons of each hidden layer; `[]` is a linear model."});
  keys.push_back(
      {.name = "model.activation",
       .type = ChoiceType{{"relu", "leaky-relu", "tanh", "sigmoid"}},
       .fallback = "relu",
       .help = "Activation of the hidden layers; below zero, `leaky-relu` has the slope 0.01."});
  keys.push_back({.name = "model.loss",
                  .type = ChoiceType{{"cross-entropy", "mse", "focal"}},
                  .fallback = "cross-entropy",
                  .help =
                      "Softmax cross-entropy, mean squared error against one-hot targets, or focal "
                      "loss: the cross-entropy times (1 - p)^gamma, p the probability of the "
                      "label."});
  keys.push_back({.name = "model.gamma",
                  .type = NumberType{.min = 0.0, .max = 100.0},
                  .fallback = "2",
                  .help = "Exponent of the focal loss; 0 is the cross-entropy.",
                  .only_with = KeyHasValue{"model.loss", {"focal"}}});
  keys.push_back({.name = "model.init",
                  .type = ChoiceType{{"kaiming-normal", "kaiming-uniform", "xavier-normal",
                                      "xavier-uniform", "signed-kaiming-constant"}},
                  .fallback = "kaiming-normal",
                  .help = "How weights are drawn; biases start at 0."});
}

}  // namespace gradwire
