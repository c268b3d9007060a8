// What a worker and the runner tell each other about a training, on its way between their
// processes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "sim/results/repeat_result.hpp"
#include "trainer/checkpoint.hpp"

namespace gradwire {

nlohmann::json to_json(const WorkerReport& report);

/// Throws nlohmann::json::exception when something is missing.
WorkerReport report_from(const nlohmann::json& json);

/// A text. Throws DataError for a state of 2 GiB or more.
nlohmann::json to_json(const NodeState& state);
/// Throws nlohmann::json::exception, DataError.
NodeState state_from(const nlohmann::json& json);

nlohmann::json to_json(const std::vector<ResourceSample>& samples);
/// Likewise.
std::vector<ResourceSample> samples_from(const nlohmann::json& json);

}  // namespace gradwire
