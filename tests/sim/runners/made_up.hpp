// Runs with costs that were not measured, so that tests know what to expect.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/runners/sweep.hpp"
#include "tests/sim/results/examples.hpp"

namespace gradwire {

/// Gradients of n rows: n x 10 us. An update: 50 us. Sums: 80 Gbit/s.
Calibration made_up_calibration(const std::vector<CostNeed>& needs);

/// A small training on digits that takes milliseconds; more lines may follow. It sweeps nothing.
std::string tiny_scenario(const std::string& network = "{nodes: 2, bandwidth: 100Mbit}");

/// A scenario with its data, made-up costs, and a folder for its results.
class MadeUpRun {
 public:
  explicit MadeUpRun(std::string_view scenario, const std::vector<std::string>& overrides = {});

  /// A store in a new folder for every mode; the same store again for the same mode.
  ResultStore& store(Mode mode = Mode::virtual_time);

  /// Runs the sweep and returns all repeats.
  std::vector<RepeatResult> run(const SweepOptions& options = {});

  Plan plan;
  DataSource data;
  Calibration calibration;

 private:
  TemporaryFolder folder_;
  std::optional<ResultStore> virtual_store_;
  std::optional<ResultStore> local_store_;
};

/// The same for one repeat of one point.
RepeatResult run_once(std::string_view scenario, const std::vector<std::string>& overrides = {},
                      Mode mode = Mode::virtual_time);

}  // namespace gradwire
