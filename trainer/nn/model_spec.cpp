#include "trainer/nn/model_spec.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <stdexcept>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

// "mlp 784-512-10 relu"; none if the model is not what mlp() makes.
std::optional<std::string> mlp_text(const ModelSpec& spec) {
  std::vector<int> widths = {spec.input.features()};
  Activation between = Activation::relu;
  for (const LayerSpec& layer : spec.layers) {
    if (layer.kind == LayerKind::dense) widths.push_back(layer.outputs);
    if (layer.kind == LayerKind::activation) between = layer.activation;
  }
  if (widths.size() < 2 || mlp(widths, between).layers != spec.layers) return std::nullopt;
  return fmt::format("mlp {} {}", fmt::join(widths, "-"), to_string(between));
}

}  // namespace

std::string to_string(LossKind loss) {
  switch (loss) {
    case LossKind::mean_squared_error:
      return "mse";
    case LossKind::cross_entropy:
      return "cross-entropy";
    case LossKind::focal:
      return "focal";
  }
  CHECK(false, "loss {}", static_cast<int>(loss));
}

std::string to_string(Initialiser initialiser) {
  switch (initialiser) {
    case Initialiser::kaiming_normal:
      return "kaiming-normal";
    case Initialiser::kaiming_uniform:
      return "kaiming-uniform";
    case Initialiser::xavier_normal:
      return "xavier-normal";
    case Initialiser::xavier_uniform:
      return "xavier-uniform";
    case Initialiser::signed_kaiming_constant:
      return "signed-kaiming-constant";
  }
  CHECK(false, "initialiser {}", static_cast<int>(initialiser));
}

std::string to_string(ScoreRank rank) {
  switch (rank) {
    case ScoreRank::score:
      return "score";
    case ScoreRank::magnitude:
      return "magnitude";
  }
  CHECK(false, "rank {}", static_cast<int>(rank));
}

ModelSpec mlp(const std::vector<int>& widths, Activation between, LossKind loss) {
  if (widths.size() < 2) {
    throw std::invalid_argument(fmt::format(
        "a model of {} widths; allowed: at least 2, the features and the classes", widths.size()));
  }
  ModelSpec spec{.input = {.width = widths.front()}, .layers = {}, .loss = loss};
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (i > 1) spec.layers.push_back(activation(between));
    spec.layers.push_back(dense(widths[i]));
  }
  return spec;
}

std::string signature(const ModelSpec& spec) {
  if (!spec.profile.empty()) {
    return fmt::format("profile of {} layers, {} parameters", spec.profile.size(),
                       parameter_count(spec));
  }
  if (const std::optional<std::string> text = mlp_text(spec)) {
    return fmt::format("{} {}", *text, to_string(spec.loss));
  }
  const auto& [channels, height, width] = spec.input;
  return fmt::format("{}x{}x{}: {}; {}", channels, height, width, to_string(spec.layers),
                     to_string(spec.loss));
}

std::string identity(const ModelSpec& spec) {
  std::string text = fmt::format("{} {}", signature(spec), to_string(spec.initialiser));
  if (spec.rank != ScoreRank::score) text += " by " + to_string(spec.rank);
  if (spec.loss == LossKind::focal) text += fmt::format(" gamma {}", spec.focal_gamma);
  return text;
}

int class_count(const ModelSpec& spec) {
  SampleShape shape = spec.input;
  for (const LayerSpec& layer : spec.layers) shape = output_shape(layer, shape);
  return shape.features();
}

LayerCost cost_of(const ModelSpec& spec) {
  if (spec.profile.empty()) return cost_of(spec.layers, spec.input, false);
  LayerCost cost;
  for (const ProfiledLayer& layer : spec.profile) {
    cost += {.parameters = layer.parameters,
             .values = 0,
             .forward_flops = layer.flops,
             .backward_flops = 2 * layer.flops};
  }
  return cost;
}

std::int64_t parameter_count(const ModelSpec& spec) { return cost_of(spec).parameters; }

double flops_per_sample(const ModelSpec& spec) {
  const LayerCost cost = cost_of(spec);
  return cost.forward_flops + cost.backward_flops;
}

void validate(const ModelSpec& spec) {
  if (!spec.profile.empty()) return validate(spec.profile);
  const auto& [channels, height, width] = spec.input;
  if (channels < 1 || height < 1 || width < 1) {
    throw std::invalid_argument(
        fmt::format("inputs of {}x{}x{}; allowed: at least 1 each", channels, height, width));
  }
  if (spec.layers.empty()) {
    throw std::invalid_argument("a model of no layers; allowed: at least 1");
  }
  if (parameter_count(spec) == 0) {
    throw std::invalid_argument("a model with nothing to train; allowed: at least a dense layer");
  }
  if (!(spec.focal_gamma >= 0 && std::isfinite(spec.focal_gamma))) {
    throw std::invalid_argument(
        fmt::format("a focal loss of gamma {}; allowed: finite, at least 0", spec.focal_gamma));
  }
}

}  // namespace gradwire
