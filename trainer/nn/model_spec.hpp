// The description of a model as a value: what a scenario says about it, and what follows from that
// without building it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradwire {

/// What follows every layer but the last, whose outputs stay linear.
enum class Activation {
  relu,
  leaky_relu,  ///< x where x > 0, kLeakySlope x elsewhere
  tanh,
  sigmoid,
};

/// The slope below zero of Maas, Hannun, Ng, "Rectifier nonlinearities improve neural network
/// acoustic models", ICML 2013, and of torch.nn.LeakyReLU.
inline constexpr double kLeakySlope = 0.01;

enum class LossKind {
  mean_squared_error,  ///< against one-hot targets, mean over the outputs of a sample
  cross_entropy,       ///< of the softmax of the outputs, natural logarithm
  focal,               ///< cross entropy times (1 - p)^gamma, p the softmax of the label's output
};

/// How weights are drawn; biases always start at zero. in and out: how many inputs each output sums
/// over, and how many outputs each input reaches.
enum class Initialiser {
  kaiming_normal,           ///< variance 2 / in
  kaiming_uniform,          ///< the same variance, between -sqrt(6 / in) and sqrt(6 / in)
  xavier_normal,            ///< variance 2 / (in + out)
  xavier_uniform,           ///< the same variance, between -+sqrt(6 / (in + out))
  signed_kaiming_constant,  ///< sqrt(2 / in) or its negative, equally likely
};

/// A multilayer perceptron: dense layers with biases.
struct ModelSpec {
  std::vector<int> widths;  ///< features, hidden layers, classes: {784, 512, 256, 10}
  Activation activation = Activation::relu;
  LossKind loss = LossKind::cross_entropy;
  double focal_gamma = 2;  ///< at least 0, finite; of LossKind::focal
  Initialiser initialiser = Initialiser::kaiming_normal;

  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

/// "relu", "leaky-relu", "tanh", "sigmoid".
std::string to_string(Activation activation);

/// "mse", "cross-entropy", "focal".
std::string to_string(LossKind loss);

/// "kaiming-normal", "signed-kaiming-constant" and so on.
std::string to_string(Initialiser initialiser);

/// "mlp 784-512-256-10 relu mse": equal for models that cost the same, so the key of a model's
/// calibration.
std::string signature(const ModelSpec& spec);

/// signature() and what costs nothing: equal only for equal models.
std::string identity(const ModelSpec& spec);

/// Weights and biases of all layers together.
std::int64_t parameter_count(const ModelSpec& spec);

/// Floating-point operations of one sample's forward and backward pass: those of the matrix
/// products, a multiplication and an addition counting two. The input gradient of the first layer
/// is not computed and not counted.
double flops_per_sample(const ModelSpec& spec);

/// Throws std::invalid_argument, saying what is allowed, unless `spec` describes a model.
void validate(const ModelSpec& spec);

}  // namespace gradwire
