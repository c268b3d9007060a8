// From the reports of the workers to the result of a repeat, the same in every mode.
#pragma once

#include <string>
#include <vector>

#include "netmodel/transports/link_traffic.hpp"
#include "sim/results/repeat_result.hpp"
#include "sim/runners/point_run.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

struct RunOutcome {
  std::vector<WorkerReport> workers;  // by rank
  std::vector<LinkTraffic> links;
  std::vector<LinkCheck> link_checks;  // where the network is real
  std::vector<NetworkSetting> network_settings;
  std::vector<ReportedMetric> metrics;  // of a command of the user's own
  std::vector<ResourceSample> samples;  // of nodes that are hosts
  std::int64_t steps_left_out = 0;      // of the steps that the reports tell of: see FastForward
  std::string distortion;               // why the times are not to be believed; empty if they are
};

/// When fewer steps ran than the plan has, the training time is extrapolated from those after the
/// warm-up, and so is the traffic.
RepeatResult to_result(const PointRun& run, const RunOutcome& outcome,
                       const std::string& arithmetic);

}  // namespace gradwire
