// What every command that works on a scenario does first.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/calibration/calibration.hpp"
#include "sim/runners/data_source.hpp"
#include "sim/runners/sweep.hpp"
#include "sim/scenario/plan.hpp"

namespace gradwire {

/// An option or argument that cannot be used, or options that do not go together.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The arguments that these commands share.
struct ScenarioArguments {
  std::string scenario;
  std::vector<std::string> overrides;
  std::string calibration_file;  // empty: the default
};

void add_scenario_arguments(CLI::App& command, ScenarioArguments& arguments);
void add_override_option(CLI::App& command, std::vector<std::string>& overrides);
void add_calibration_option(CLI::App& command, std::string& file);

/// A scenario with all that virtual time needs to run it.
struct Prepared {
  Plan plan;
  DataSource data;
  std::vector<CostNeed> needs;  // by point
  Calibration calibration;
};

/// Loads the scenario and its data. Throws ScenarioError.
void load(const ScenarioArguments& arguments, Prepared& prepared);

/// The file that --calibration names, or the default.
std::filesystem::path calibration_file(const std::string& option);

/// Loads the calibration and measures what it lacks for the plan, saying so on standard error.
/// Throws as calibrate() of sim/calibration/measure.hpp.
void calibrate(const ScenarioArguments& arguments, Prepared& prepared);

/// One line, as what a library says on the way.
void print_to_stderr(const std::string& line);

/// results/<scenario>-<kind>, unless `out` says otherwise.
std::filesystem::path results_folder(const std::string& out, const Plan& plan,
                                     const std::string& kind);

/// "16 points, 1 repeat each".
std::string extent_text(const Plan& plan);

/// "network.nodes=2, network.bandwidth=10Mbit"; "the only point" without a sweep.
std::string point_text(const PointValues& values);

}  // namespace gradwire
