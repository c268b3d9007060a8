// Layers as their descriptions ask for them.
#pragma once

#include <memory>
#include <vector>

#include "trainer/nn/layer.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// Those of a model that validate() accepts, for batches of up to `max_rows` rows.
template <typename Scalar>
std::vector<std::unique_ptr<Layer<Scalar>>> build_layers(const ModelSpec& spec, int max_rows);

}  // namespace gradwire
