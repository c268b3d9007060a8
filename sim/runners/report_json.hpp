// What a worker reports, on its way from the worker's process to the runner.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "sim/results/repeat_result.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

nlohmann::json to_json(const WorkerReport& report);

/// Throws nlohmann::json::exception when something is missing.
WorkerReport report_from(const nlohmann::json& json);

nlohmann::json to_json(const std::vector<ResourceSample>& samples);
/// Likewise.
std::vector<ResourceSample> samples_from(const nlohmann::json& json);

}  // namespace gradwire
