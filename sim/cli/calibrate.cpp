#include <fmt/format.h>

#include <memory>
#include <set>

#include "sim/calibration/measure.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cli/words.hpp"

namespace gradwire {
namespace {

struct CalibrateArguments {
  std::vector<std::string> scenarios;
  std::vector<std::string> overrides;
  std::string file;
  bool again = false;
};

std::vector<CostNeed> needs_of(const CalibrateArguments& arguments) {
  std::vector<CostNeed> needs;
  for (const std::string& scenario : arguments.scenarios) {
    Prepared prepared;
    load({scenario, arguments.overrides, ""}, prepared);
    needs.insert(needs.end(), prepared.needs.begin(), prepared.needs.end());
  }
  return needs;
}

std::string table_of(const Calibration& calibration, const std::vector<CostNeed>& needs) {
  TextTable table({"model", "optimizer", "batch", "gradients", "update", "samples/s"});
  std::set<std::vector<std::string>> listed;
  for (const CostNeed& need : needs) {
    if (need.rows.empty()) continue;
    const Costs costs = calibration.costs(need);
    const double update = to_seconds(costs.update);
    for (const auto& [rows, cost] : costs.gradients.by_rows()) {
      const double gradients = to_seconds(cost);
      std::vector<std::string> row = {
          signature(need.model), signature(need.optimizer),
          std::to_string(rows),  human_time(gradients),
          human_time(update),    fmt::format("{:.0f}", rows / (gradients + update))};
      if (listed.insert(row).second) table.add(std::move(row));
    }
  }
  return table.empty() ? "" : table.text();
}

void calibrate_scenarios(const CalibrateArguments& arguments) {
  const std::filesystem::path file = calibration_file(arguments.file);
  const std::vector<CostNeed> needs = needs_of(arguments);
  if (arguments.again) {
    Calibration::load(file);  // lest another kind of file be removed
    std::filesystem::remove(file);
  }
  const Calibration calibration = calibrate(file, needs, print_to_stderr);
  fmt::print("{}", table_of(calibration, needs));
  fmt::print("arriving gradients are summed at {:.1f} GB/s\n",
             static_cast<double>(calibration.reduce()->count) / 8e9);
}

}  // namespace

void add_calibrate_command(CLI::App& program) {
  auto arguments = std::make_shared<CalibrateArguments>();
  CLI::App* command = program.add_subcommand(
      "calibrate", "Measure what the steps of scenarios cost on one core of this machine");
  command->add_option("scenario", arguments->scenarios, "Scenario files (YAML)")
      ->required()
      ->type_name("FILE");
  add_override_option(*command, arguments->overrides);
  add_calibration_option(*command, arguments->file);
  command->add_flag("--again", arguments->again,
                    "Forget what was measured before, and start the file afresh");
  command->callback([arguments] { calibrate_scenarios(*arguments); });
}

}  // namespace gradwire
