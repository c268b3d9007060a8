#include "sim/cli/prepare.hpp"

#include <fmt/format.h>

#include "sim/calibration/measure.hpp"
#include "sim/cli/words.hpp"

namespace gradwire {

void add_scenario_arguments(CLI::App& command, ScenarioArguments& arguments) {
  command.add_option("scenario", arguments.scenario, "Scenario file (YAML)")
      ->required()
      ->type_name("FILE");
  add_override_option(command, arguments.overrides);
  add_calibration_option(command, arguments.calibration_file);
}

void add_override_option(CLI::App& command, std::vector<std::string>& overrides) {
  command
      .add_option("--set", overrides,
                  "Override a key of the scenario, --set network.nodes=4, or a\n"
                  "sweep, --set 'sweep.network.nodes=[1, 2, 4]'; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_calibration_option(CLI::App& command, std::string& file) {
  command
      .add_option("--calibration", file,
                  "What steps cost on this machine; measured when missing\n[default: " +
                      default_calibration_file().string() + "]")
      ->type_name("FILE");
}

void load(const ScenarioArguments& arguments, Prepared& prepared) {
  prepared.plan = load_plan(arguments.scenario, arguments.overrides);
  load_data(prepared.plan, prepared.data);
  prepared.needs = cost_needs(prepared.plan, prepared.data);
}

std::filesystem::path calibration_file(const std::string& option) {
  return option.empty() ? default_calibration_file() : std::filesystem::path(option);
}

void calibrate(const ScenarioArguments& arguments, Prepared& prepared) {
  prepared.calibration =
      calibrate(calibration_file(arguments.calibration_file), prepared.needs, print_to_stderr);
}

void print_to_stderr(const std::string& line) { fmt::print(stderr, "{}\n", line); }

std::filesystem::path results_folder(const std::string& out, const Plan& plan,
                                     const std::string& kind) {
  if (!out.empty()) return out;
  return std::filesystem::path("results") / (plan.name + "-" + kind);
}

std::string extent_text(const Plan& plan) {
  return fmt::format("{}, {}{}", counted(plan.points.size(), "point"),
                     counted(static_cast<std::size_t>(plan.repeats), "repeat"),
                     plan.points.size() == 1 ? "" : " each");
}

std::string point_text(const PointValues& values) {
  std::string text;
  for (const auto& [key, value] : values) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", key, value);
  }
  return text.empty() ? "the only point" : text;
}

}  // namespace gradwire
