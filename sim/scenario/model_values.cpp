#include "sim/scenario/model_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/scenario/entry_reader.hpp"
#include "sim/scenario/value_list.hpp"

namespace gradwire {
namespace {

constexpr IntegerType kOutputs = {1, 65'536};
constexpr IntegerType kWindow = {1, 1'024};
constexpr IntegerType kPadding = {0, 1'023};
constexpr NumberType kRate = {.min = 0.0, .max = 1.0, .below_max = true};
constexpr NumberType kKeep = {.min = 0.0, .above_min = true, .max = 1.0};
constexpr int kNestedMax = 8;

constexpr std::array kActivations = {Activation::relu, Activation::leaky_relu, Activation::tanh,
                                     Activation::sigmoid};

LayerSpec read_named(const YAML::Node& node, int line) {
  const std::string& name = node.Scalar();
  if (name == "flatten") return flatten();
  for (const Activation known : kActivations) {
    if (name == to_string(known)) return activation(known);
  }
  throw ValueError(line, fmt::format("'{:.40}' is unknown", name));
}

std::vector<LayerSpec> read_nested(const YAML::Node& node, int line, int depth);

int read_integer_of(const IntegerType& type, const YAML::Node& node, int line) {
  return static_cast<int>(std::get<std::int64_t>(read_value(type, node, line).value));
}

// A kind of layer that is written as a section: its key is that of what it is called with, and what
// else can stand there.
struct SectionKind {
  std::string_view name;
  LayerKind kind;
  std::vector<std::string_view> options;
};

const std::vector<SectionKind>& section_kinds() {
  static const std::vector<SectionKind> kinds = {
      {"dense", LayerKind::dense, {"keep"}},
      {"conv", LayerKind::conv, {"kernel", "stride", "padding", "keep"}},
      {"max-pool", LayerKind::max_pool, {"stride", "padding"}},
      {"avg-pool", LayerKind::avg_pool, {"stride", "padding"}},
      {"dropout", LayerKind::dropout, {}},
      {"residual", LayerKind::residual, {}}};
  return kinds;
}

const SectionKind& kind_of(const YAML::Node& node, int line) {
  for (const SectionKind& kind : section_kinds()) {
    if (node[std::string(kind.name)]) return kind;
  }
  throw ValueError(line, "is a section without a kind of layer");
}

// Reads what the layer is called with: {conv: 20}.
void read_main(const YAML::Node& node, int line, int depth, LayerSpec& layer) {
  switch (layer.kind) {
    case LayerKind::dense:
    case LayerKind::conv:
      layer.outputs = read_integer_of(kOutputs, node, line);
      return;
    case LayerKind::max_pool:
    case LayerKind::avg_pool:
      layer.window = read_integer_of(kWindow, node, line);
      return;
    case LayerKind::dropout:
      layer.rate = std::get<double>(read_value(kRate, node, line).value);
      return;
    case LayerKind::residual:
      layer.inside = read_nested(node, line, depth + 1);
      return;
    case LayerKind::activation:
    case LayerKind::flatten:
    case LayerKind::embedding:
    case LayerKind::lstm:
    case LayerKind::merge:
    case LayerKind::branch:
      return;  // none that section_kinds() has
  }
}

LayerSpec read_section(const YAML::Node& node, int line, int depth) {
  const SectionKind& kind = kind_of(node, line);
  LayerSpec layer{.kind = kind.kind};
  bool stride_given = false;
  bool padding_given = false;
  Readers readers = {{std::string(kind.name), [&](const YAML::Node& value, int at) {
                        read_main(value, at, depth, layer);
                      }}};
  for (const std::string_view option : kind.options) {
    readers[std::string(option)] = [&, option](const YAML::Node& value, int at) {
      if (option == "kernel") layer.window = read_integer_of(kWindow, value, at);
      if (option == "stride") layer.stride = read_integer_of(kWindow, value, at);
      if (option == "padding") layer.padding = read_integer_of(kPadding, value, at);
      if (option == "keep") layer.keep = std::get<double>(read_value(kKeep, value, at).value);
      stride_given = stride_given || option == "stride";
      padding_given = padding_given || option == "padding";
    };
  }
  read_entries(node, line, readers);
  const bool is_conv = layer.kind == LayerKind::conv;
  if (is_conv && layer.window == 0) layer.window = kUsualKernel;
  if (is_conv && !padding_given) layer.padding = layer.window / 2;
  const bool is_pool = layer.kind == LayerKind::max_pool || layer.kind == LayerKind::avg_pool;
  if (is_pool && !stride_given) layer.stride = layer.window;
  return layer;
}

LayerSpec read_layer(const YAML::Node& node, int line, int depth) {
  if (node.IsScalar()) return read_named(node, line);
  if (!node.IsMap()) throw ValueError(line, "is " + shape_of(node));
  return read_section(node, line, depth);
}

std::vector<LayerSpec> read_nested(const YAML::Node& node, int line, int depth) {
  if (depth > kNestedMax) {
    throw ValueError(line, fmt::format("is nested more than {} deep", kNestedMax));
  }
  return read_list<LayerSpec>(
      node, line, [depth](const YAML::Node& item, int at) { return read_layer(item, at, depth); });
}

}  // namespace

std::string describe_layers() {
  return "a list of relu, leaky-relu, tanh, sigmoid, flatten, {dense: outputs}, {conv: channels, "
         "kernel: side, stride: step, padding: zeros}, {max-pool: side, stride: step, padding: "
         "zeros}, {avg-pool: the same}, {dropout: rate}, {residual: a list of layers}; with keep: "
         "share, dense and conv are edge-popup layers";
}

ReadValue read_layers(const YAML::Node& node, int line) {
  std::vector<LayerSpec> layers = read_nested(node, line, 0);
  std::string text = fmt::format("[{}]", to_string(layers));
  return {std::move(layers), std::move(text)};
}

}  // namespace gradwire
