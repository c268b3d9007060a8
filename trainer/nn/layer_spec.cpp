#include "trainer/nn/layer_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

[[noreturn]] void refuse(const LayerSpec& layer, const std::string& problem) {
  throw std::invalid_argument(fmt::format("{}: {}", to_string(layer), problem));
}

void require(const LayerSpec& layer, bool valid, const char* name, double value,
             const char* allowed) {
  if (!valid) refuse(layer, fmt::format("{} {}; allowed: {}", name, value, allowed));
}

std::string text_of(const SampleShape& shape) {
  return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

// The number of places of a window along a side.
int places(const LayerSpec& layer, int side) {
  return (side + 2 * layer.padding - layer.window) / layer.stride + 1;
}

SampleShape windows_shape(const LayerSpec& layer, const SampleShape& input) {
  require(layer, layer.window >= 1, "a window of", layer.window, "at least 1");
  require(layer, layer.stride >= 1, "a stride of", layer.stride, "at least 1");
  require(layer, layer.padding >= 0 && layer.padding < layer.window, "padding", layer.padding,
          "at least 0, less than the window");
  if (layer.window > input.height + 2 * layer.padding ||
      layer.window > input.width + 2 * layer.padding) {
    refuse(layer,
           fmt::format("does not fit into {}; allowed: a window of at most {}", text_of(input),
                       std::min(input.height, input.width) + 2 * layer.padding));
  }
  return {layer.kind == LayerKind::conv ? layer.outputs : input.channels,
          places(layer, input.height), places(layer, input.width)};
}

SampleShape shape_after(const std::vector<LayerSpec>& layers, SampleShape shape) {
  for (const LayerSpec& layer : layers) shape = output_shape(layer, shape);
  return shape;
}

void check_weights(const LayerSpec& layer) {
  require(layer, layer.outputs >= 1, "outputs", layer.outputs, "at least 1");
  if (layer.keep) {
    require(layer, *layer.keep > 0 && *layer.keep <= 1, "keep", *layer.keep, "above 0, at most 1");
  }
}

// Of a layer with so many weights for each output, all of which are used so many times a sample.
LayerCost cost_of_products(const LayerSpec& layer, double inputs, double uses,
                           bool input_gradient) {
  const double product = 2 * inputs * layer.outputs * uses;
  const std::int64_t biases = layer.keep ? 0 : layer.outputs;
  return {.parameters = static_cast<std::int64_t>(inputs) * layer.outputs + biases,
          .values = static_cast<std::int64_t>(uses) * layer.outputs,
          .forward_flops = product,
          .backward_flops = input_gradient ? 2 * product : product};
}

SampleShape merged_shape(const LayerSpec& layer, const SampleShape& input) {
  int taken = 0;
  std::optional<SampleShape> sum;
  for (const LayerSpec& branch : layer.inside) {
    if (branch.kind != LayerKind::branch ||
        cost_of(branch.inside, branch.part, false).values == 0) {
      refuse(branch, "is no branch that does something; allowed: only such");
    }
    taken += branch.part.features();
    const SampleShape output = shape_after(branch.inside, branch.part);
    if (sum.value_or(output) != output) {
      refuse(branch, fmt::format("makes {}, another one {}; allowed: the same of all branches",
                                 text_of(output), text_of(*sum)));
    }
    sum = output;
  }
  if (!sum || taken != input.features()) {
    refuse(layer,
           fmt::format("takes {} of {} features; allowed: all of them", taken, input.features()));
  }
  return *sum;
}

}  // namespace

LayerSpec dense(int outputs) { return {.kind = LayerKind::dense, .outputs = outputs}; }

LayerSpec conv(int channels, int kernel, int stride, int padding) {
  return {.kind = LayerKind::conv,
          .outputs = channels,
          .window = kernel,
          .stride = stride,
          .padding = padding};
}

LayerSpec max_pool(int window, int stride, int padding) {
  return {.kind = LayerKind::max_pool, .window = window, .stride = stride, .padding = padding};
}

LayerSpec avg_pool(int window, int stride, int padding) {
  return {.kind = LayerKind::avg_pool, .window = window, .stride = stride, .padding = padding};
}

LayerSpec activation(Activation activation) {
  return {.kind = LayerKind::activation, .activation = activation};
}

LayerSpec dropout(double rate) { return {.kind = LayerKind::dropout, .rate = rate}; }

LayerSpec flatten() { return {.kind = LayerKind::flatten}; }

LayerSpec residual(std::vector<LayerSpec> inside) {
  return {.kind = LayerKind::residual, .inside = std::move(inside)};
}

LayerSpec embedding(int vocabulary, int width) {
  return {.kind = LayerKind::embedding, .outputs = width, .vocabulary = vocabulary};
}

LayerSpec lstm(int units) { return {.kind = LayerKind::lstm, .outputs = units}; }

LayerSpec merge(std::vector<LayerSpec> branches) {
  return {.kind = LayerKind::merge, .inside = std::move(branches)};
}

LayerSpec branch(const SampleShape& part, std::vector<LayerSpec> inside) {
  return {.kind = LayerKind::branch, .part = part, .inside = std::move(inside)};
}

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

std::string to_string(const LayerSpec& layer) {
  const std::string keep = layer.keep ? fmt::format(", keep: {}", *layer.keep) : "";
  const auto unless = [](int usual, const char* name, int value) {
    return value == usual ? "" : fmt::format(", {}: {}", name, value);
  };
  const auto pool = [&](const char* kind) {
    return fmt::format("{{{}: {}{}{}}}", kind, layer.window,
                       unless(layer.window, "stride", layer.stride),
                       unless(0, "padding", layer.padding));
  };
  switch (layer.kind) {
    case LayerKind::dense:
      return fmt::format("{{dense: {}{}}}", layer.outputs, keep);
    case LayerKind::conv:
      return fmt::format("{{conv: {}{}{}{}{}}}", layer.outputs,
                         unless(kUsualKernel, "kernel", layer.window),
                         unless(1, "stride", layer.stride),
                         unless(layer.window / 2, "padding", layer.padding), keep);
    case LayerKind::max_pool:
      return pool("max-pool");
    case LayerKind::avg_pool:
      return pool("avg-pool");
    case LayerKind::activation:
      return to_string(layer.activation);
    case LayerKind::dropout:
      return fmt::format("{{dropout: {}}}", layer.rate);
    case LayerKind::flatten:
      return "flatten";
    case LayerKind::residual:
      return fmt::format("{{residual: [{}]}}", to_string(layer.inside));
    case LayerKind::embedding:
      return fmt::format("{{embedding: {}, vocabulary: {}}}", layer.outputs, layer.vocabulary);
    case LayerKind::lstm:
      return fmt::format("{{lstm: {}}}", layer.outputs);
    case LayerKind::merge:
      return fmt::format("{{merge: [{}]}}", to_string(layer.inside));
    case LayerKind::branch:
      return fmt::format("{{branch: {}, layers: [{}]}}", text_of(layer.part),
                         to_string(layer.inside));
  }
  CHECK(false, "layer {}", static_cast<int>(layer.kind));
}

std::string to_string(const std::vector<LayerSpec>& layers) {
  std::string text;
  for (const LayerSpec& layer : layers) {
    text += (text.empty() ? "" : ", ") + to_string(layer);
  }
  return text;
}

SampleShape output_shape(const LayerSpec& layer, const SampleShape& input) {
  switch (layer.kind) {
    case LayerKind::dense:
      check_weights(layer);
      return {.width = layer.outputs};
    case LayerKind::conv:
      check_weights(layer);
      return windows_shape(layer, input);
    case LayerKind::max_pool:
    case LayerKind::avg_pool:
      return windows_shape(layer, input);
    case LayerKind::activation:
      return input;
    case LayerKind::dropout:
      require(layer, layer.rate >= 0 && layer.rate < 1, "rate", layer.rate, "from 0 to below 1");
      return input;
    case LayerKind::flatten:
      return {.width = input.features()};
    case LayerKind::residual: {
      if (cost_of(layer.inside, input, false).values == 0) {
        refuse(layer, "does nothing; allowed: at least one layer that does");
      }
      const SampleShape output = shape_after(layer.inside, input);
      if (output != input) {
        refuse(layer, fmt::format("makes {} of {}; allowed: layers that keep the shape",
                                  text_of(output), text_of(input)));
      }
      return input;
    }
    case LayerKind::embedding:
      check_weights(layer);
      require(layer, layer.vocabulary >= 2, "a vocabulary of", layer.vocabulary, "at least 2");
      return {layer.outputs, 1, input.features()};
    case LayerKind::lstm:
      check_weights(layer);
      if (input.height != 1) refuse(layer, "takes no images; allowed: a sequence of vectors");
      return {.width = layer.outputs};
    case LayerKind::merge:
      return merged_shape(layer, input);
    case LayerKind::branch:
      refuse(layer, "stands alone; allowed: only in a merge");
  }
  CHECK(false, "layer {}", static_cast<int>(layer.kind));
}

LayerCost& LayerCost::operator+=(const LayerCost& other) {
  parameters += other.parameters;
  values += other.values;
  forward_flops += other.forward_flops;
  backward_flops += other.backward_flops;
  return *this;
}

LayerCost cost_of(const LayerSpec& layer, const SampleShape& input, bool input_gradient) {
  const SampleShape output = output_shape(layer, input);
  switch (layer.kind) {
    case LayerKind::dense:
      return cost_of_products(layer, input.features(), 1, input_gradient);
    case LayerKind::conv:
      return cost_of_products(layer, double{1} * layer.window * layer.window * input.channels,
                              double{1} * output.height * output.width, input_gradient);
    case LayerKind::max_pool:
    case LayerKind::avg_pool:
    case LayerKind::activation:
    case LayerKind::dropout:
      return {.values = output.features()};
    case LayerKind::flatten:
      return {};
    case LayerKind::residual: {
      LayerCost cost = cost_of(layer.inside, input, input_gradient);
      cost.values += output.features();
      return cost;
    }
    case LayerKind::embedding:
      return {.parameters = std::int64_t{layer.vocabulary} * layer.outputs,
              .values = output.features()};
    case LayerKind::lstm: {
      // Four gates for each place, from the vector and from the state before it.
      const double gates = 4.0 * layer.outputs;
      const double both = 2 * gates * (input.channels + layer.outputs) * input.width;
      const double vectors = 2 * gates * input.channels * input.width;
      return {.parameters = 4 * std::int64_t{layer.outputs} * (input.channels + layer.outputs + 1),
              .values = 7 * std::int64_t{layer.outputs} * input.width,
              .forward_flops = both,
              .backward_flops = input_gradient ? 2 * both : 2 * both - vectors};
    }
    case LayerKind::merge: {
      LayerCost cost{.values = output.features()};
      for (const LayerSpec& part : layer.inside) {
        cost += cost_of(part.inside, part.part, input_gradient);
      }
      return cost;
    }
    case LayerKind::branch:
      break;  // has no cost of its own
  }
  CHECK(false, "layer {}", static_cast<int>(layer.kind));
}

LayerCost cost_of(const std::vector<LayerSpec>& layers, SampleShape input, bool input_gradient) {
  LayerCost sum;
  for (const LayerSpec& layer : layers) {
    sum += cost_of(layer, input, input_gradient || sum.parameters > 0);
    input = output_shape(layer, input);
  }
  return sum;
}

}  // namespace gradwire
