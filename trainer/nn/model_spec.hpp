// The description of a model as a value: what a scenario says about it, and what follows from that
// without building it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/nn/layer_profile.hpp"
#include "trainer/nn/layer_spec.hpp"

namespace gradwire {

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

/// By what the weights of edge-popup layers are chosen.
enum class ScoreRank {
  score,      ///< by the highest scores
  magnitude,  ///< by those furthest from zero
};

struct ModelSpec {
  SampleShape input;
  std::vector<LayerSpec> layers;  ///< at least one; the outputs of the last are the classes
  LossKind loss = LossKind::cross_entropy;
  double focal_gamma = 2;  ///< at least 0, finite; of LossKind::focal
  Initialiser initialiser = Initialiser::kaiming_normal;
  ScoreRank rank = ScoreRank::score;  ///< of edge-popup layers
  /// Set: instead of layers, only the sizes and costs of some; nothing can be computed.
  LayerProfile profile{};

  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

/// A multilayer perceptron: dense layers of these widths, the first of which are the inputs and the
/// last the classes, with the activation between them.
ModelSpec mlp(const std::vector<int>& widths, Activation activation = Activation::relu,
              LossKind loss = LossKind::cross_entropy);

/// "mse", "cross-entropy", "focal".
std::string to_string(LossKind loss);

/// "kaiming-normal", "signed-kaiming-constant" and so on.
std::string to_string(Initialiser initialiser);

/// "784: {dense: 512}, relu, {dense: 10}; mse": equal for models that cost the same, so the key of
/// a model's calibration (which profiles have no need of).
std::string signature(const ModelSpec& spec);

/// "score", "magnitude".
std::string to_string(ScoreRank rank);

/// signature() and what costs nothing: equal only for equal models.
std::string identity(const ModelSpec& spec);

/// Of a model that validate() accepts and that has layers.
int class_count(const ModelSpec& spec);

/// Likewise: what all layers together cost.
LayerCost cost_of(const ModelSpec& spec);

/// Trained parameters of all layers together.
std::int64_t parameter_count(const ModelSpec& spec);

/// Floating-point operations of one sample's forward and backward pass. The gradient of the inputs
/// of the first trained layer is not computed and not counted.
double flops_per_sample(const ModelSpec& spec);

/// Throws std::invalid_argument, saying what is allowed, unless `spec` describes a model.
void validate(const ModelSpec& spec);

}  // namespace gradwire
