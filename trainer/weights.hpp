// The weights of a model as named tensors (trainer/nn/tensor_layout.hpp), for files of other
// programs.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "trainer/data/named_tensors.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// What a training starts from instead of drawn weights.
struct InitialWeights {
  std::vector<float> values;  ///< the first of Model::parameters()
  std::string sha256;         ///< of them
};

struct WeightsFile {
  std::filesystem::path path;  ///< a safetensors file, or a folder of arrays of NumPy
  bool has_output = true;      ///< otherwise the output layer's are drawn, and not looked at there
};

/// All parameters of a model that validate() accepts and that has layers, or all but those of the
/// output layer. Throws DataError for what read_tensors() refuses, and for a tensor that is
/// missing, unknown, of another shape or not finite; std::invalid_argument for a model with
/// edge-popup layers.
InitialWeights load_weights(const WeightsFile& file, const ModelSpec& spec);

/// Parameters and frozen weights of such a model, which are those of Model.
std::vector<NamedTensor> named_weights(const ModelSpec& spec, std::span<const float> parameters,
                                       std::span<const float> frozen);

}  // namespace gradwire
