#include "trainer/nn/model_spec.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "netmodel/check.hpp"

namespace gradwire {

std::string to_string(Activation activation) {
  switch (activation) {
    case Activation::relu:
      return "relu";
    case Activation::leaky_relu:
      return "leaky-relu";
    case Activation::tanh:
      return "tanh";
    case Activation::sigmoid:
      return "sigmoid";
  }
  CHECK(false, "activation {}", static_cast<int>(activation));
}

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

std::string signature(const ModelSpec& spec) {
  std::string widths;
  for (const int width : spec.widths) {
    widths += fmt::format("{}{}", widths.empty() ? "" : "-", width);
  }
  return fmt::format("mlp {} {} {}", widths, to_string(spec.activation), to_string(spec.loss));
}

std::string identity(const ModelSpec& spec) {
  std::string text = fmt::format("{} {}", signature(spec), to_string(spec.initialiser));
  if (spec.loss == LossKind::focal) text += fmt::format(" gamma {}", spec.focal_gamma);
  return text;
}

std::int64_t parameter_count(const ModelSpec& spec) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i + 1 < spec.widths.size(); ++i) {
    count += (std::int64_t{spec.widths[i]} + 1) * spec.widths[i + 1];
  }
  return count;
}

double flops_per_sample(const ModelSpec& spec) {
  double flops = 0;
  for (std::size_t layer = 0; layer + 1 < spec.widths.size(); ++layer) {
    const double product = 2.0 * spec.widths[layer] * spec.widths[layer + 1];
    const int products = layer == 0 ? 2 : 3;  // outputs, weight gradient, input gradient
    flops += products * product;
  }
  return flops;
}

void validate(const ModelSpec& spec) {
  if (spec.widths.size() < 2) {
    throw std::invalid_argument(
        fmt::format("a model of {} widths; allowed: at least 2, the features and the classes",
                    spec.widths.size()));
  }
  for (const int width : spec.widths) {
    if (width < 1) {
      throw std::invalid_argument(fmt::format("a layer of width {}; allowed: at least 1", width));
    }
  }
  if (!(spec.focal_gamma >= 0 && std::isfinite(spec.focal_gamma))) {
    throw std::invalid_argument(
        fmt::format("a focal loss of gamma {}; allowed: finite, at least 0", spec.focal_gamma));
  }
}

}  // namespace gradwire
