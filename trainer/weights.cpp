#include "trainer/weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>

#include "trainer/data/data_file.hpp"
#include "trainer/nn/tensor_layout.hpp"
#include "trainer/replica.hpp"

namespace gradwire {
namespace {

using Content = TensorPlace::Content;

// Parameters before those of the output layer, which come last.
std::int64_t parameters_before_output(const ModelSpec& spec) {
  ModelSpec before = spec;
  before.layers.pop_back();
  return before.layers.empty() ? 0 : parameter_count(before);
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& problem) {
  throw DataError(fmt::format("{}: {}", path.string(), problem));
}

void check(const std::filesystem::path& path, const TensorPlace& place, const NamedTensor& tensor) {
  if (tensor.shape != place.shape) {
    refuse(path, fmt::format("tensor '{}' is [{}]; allowed: [{}]", place.name,
                             fmt::join(tensor.shape, ", "), fmt::join(place.shape, ", ")));
  }
  if (!std::ranges::all_of(tensor.values, [](float value) { return std::isfinite(value); })) {
    refuse(path, fmt::format("tensor '{}' has a value that is not finite", place.name));
  }
}

}  // namespace

InitialWeights load_weights(const WeightsFile& file, const ModelSpec& spec) {
  const std::vector<TensorPlace> layout = tensor_layout(spec);
  if (std::ranges::find(layout, Content::frozen, &TensorPlace::content) != layout.end()) {
    throw std::invalid_argument(
        "weights from a file for edge-popup layers, whose weights stay as they are drawn; "
        "allowed: only for a model that trains its weights");
  }
  std::map<std::string, NamedTensor, std::less<>> tensors;
  for (NamedTensor& tensor : read_tensors(file.path)) {
    std::string name = tensor.name;
    tensors.emplace(std::move(name), std::move(tensor));
  }
  const std::int64_t end = file.has_output ? parameter_count(spec) : parameters_before_output(spec);
  InitialWeights weights;
  weights.values.resize(static_cast<std::size_t>(end));
  for (const TensorPlace& place : layout) {
    const auto found = tensors.find(place.name);
    const bool is_wanted = place.offset < end;
    if (is_wanted && found == tensors.end()) {
      refuse(file.path,
             fmt::format("no tensor '{}' of [{}]", place.name, fmt::join(place.shape, ", ")));
    }
    if (found == tensors.end()) continue;
    if (is_wanted) {
      check(file.path, place, found->second);
      place_tensor(place, found->second.values, weights.values);
    }
    tensors.erase(found);
  }
  if (!tensors.empty()) {
    refuse(file.path,
           fmt::format("a tensor '{}', which the model does not have; allowed: {} to {}",
                       printable(tensors.begin()->first), layout.front().name, layout.back().name));
  }
  weights.sha256 = sha256(weights.values);
  return weights;
}

std::vector<NamedTensor> named_weights(const ModelSpec& spec, std::span<const float> parameters,
                                       std::span<const float> frozen) {
  std::vector<NamedTensor> tensors;
  for (const TensorPlace& place : tensor_layout(spec)) {
    const bool is_frozen = place.content == Content::frozen;
    tensors.push_back(
        {place.name, place.shape, tensor_values(place, is_frozen ? frozen : parameters)});
  }
  return tensors;
}

}  // namespace gradwire
