// A repeat in real time with a process for each node, in a network that is up (sim/hosts/testbed).
#pragma once

#include <filesystem>

#include "sim/hosts/testbed.hpp"
#include "sim/runners/outcome.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {

struct ProcessOptions {
  /// Holds the point; the workers load it.
  std::filesystem::path scenario;
  /// Where a command of the user's own runs.
  std::filesystem::path folder;
  /// Each worker's output goes to a file in this folder; those that stay empty are removed.
  std::filesystem::path logs;
  /// How long the workers may take until all of them are ready.
  Duration start_limit = std::chrono::seconds(120);
  /// How long a worker may be silent before it counts as hanging; it speaks every second.
  Duration silence_limit = std::chrono::seconds(15);
};

/// A node of the run failed; what() names it, the reason, and its log.
class NodeFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the links have carried since testbed.bytes_sent() was `before`.
std::vector<LinkTraffic> links_used(const Testbed& testbed,
                                    const std::vector<std::int64_t>& before);

/// Starts a worker on every host, waits until all are ready, lets them train, and collects their
/// reports; every worker has ended then, whatever happened. Throws NodeFailure, system_error,
/// TestbedError.
RunOutcome run_in_processes(const PointRun& run, Testbed& testbed, const ProcessOptions& options);

}  // namespace gradwire
