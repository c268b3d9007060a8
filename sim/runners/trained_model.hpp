// What a run of the results trained, and the weights that it ended with.
#pragma once

#include <filesystem>
#include <vector>

#include "sim/runners/point_run.hpp"
#include "trainer/data/named_tensors.hpp"

namespace gradwire {

struct TrainedModel {
  PointRun run;
  std::vector<float> parameters;  ///< as many as the model has
};

/// Of a results folder, the weights that `training.weights: kept` left behind there, or those of
/// the last checkpoint if there are none. The data is read again, on which the model depends.
/// Throws ResultsError, saying what is missing, ScenarioError for a scenario that is no longer
/// right, DataError for weights or data that are damaged or of another training.
TrainedModel load_trained_model(const std::filesystem::path& folder, int point, int repeat);

/// As PyTorch has them (trainer/nn/tensor_layout.hpp).
std::vector<NamedTensor> named_weights(const TrainedModel& trained);

}  // namespace gradwire
