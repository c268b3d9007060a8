#include <fmt/format.h>

#include <memory>

#include "netmodel/check.hpp"
#include "sim/calibration/machine.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/comparison.hpp"
#include "sim/cli/mpi_start.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/cli/run_mode.hpp"
#include "sim/runners/command_run.hpp"

namespace gradwire {
namespace {

struct CompareArguments {
  ScenarioArguments scenario;
  std::string modes = "virtual,local";
  std::string out;
  NetworkArguments network;
  bool json = false;
};

std::pair<Mode, Mode> parse_modes(const std::string& text) {
  const std::size_t comma = text.find(',');
  const std::string allowed =
      "--modes: two modes, the prediction first; allowed: virtual,local, virtual,netns, "
      "virtual,lxc, virtual,podman or virtual,mpi";
  if (comma == std::string::npos) throw UsageError(allowed);
  const Mode predicted = parse_mode(text.substr(0, comma));
  const Mode measured = parse_mode(text.substr(comma + 1));
  if (predicted != Mode::virtual_time || measured == Mode::virtual_time) throw UsageError(allowed);
  return {predicted, measured};
}

RunModeOptions options_of(Mode mode, const std::filesystem::path& folder,
                          const NetworkOptions& network) {
  RunModeOptions options;
  options.network = network;
  options.mode = mode;
  options.folder = folder / to_string(mode);
  return options;
}

void compare(const CompareArguments& arguments, Mode predicted, Mode measured, GroupLeader* group) {
  const NetworkOptions network = parse(arguments.network);
  // Where the nodes of the measurement share this machine, those of the prediction must, too.
  ScenarioArguments shared = arguments.scenario;
  const Plan plan = load_plan(shared.scenario, shared.overrides);
  check_mode(plan, measured);
  check_command(plan, to_string(predicted), has_hosts(predicted));
  if (measured != Mode::mpi && !plan.points.front().scenario.nodes.host_cores) {
    shared.overrides.push_back(fmt::format("nodes.host_cores={}", usable_cores()));
    fmt::print(stderr, "the nodes share this machine's {} cores in both modes\n", usable_cores());
  }
  Prepared prepared;
  load(shared, prepared);
  const auto folder = results_folder(arguments.out, prepared.plan, "comparison");
  ResultStore::check_writable(folder);
  calibrate(shared, prepared);

  const ResultStore prediction = run_mode(prepared, options_of(predicted, folder, network));
  RunModeOptions real = options_of(measured, folder, network);
  real.group = group;
  const ResultStore measurement = run_mode(prepared, real);
  const Comparison comparison = compare_results(prediction.repeats(), measurement.repeats());
  const auto& print = arguments.json ? comparison_json : comparison_table;
  fmt::print("{}", print(prediction.description(), measurement.description(), comparison));
  fmt::print(stderr, "results in {}\n", folder.string());
  CHECK(comparison.same_weights, "the two modes trained different weights from the same seed");
}

void compare(const CompareArguments& arguments) {
  const std::pair<Mode, Mode> modes = parse_modes(arguments.modes);
  const Mode predicted = modes.first;
  const Mode measured = modes.second;
  check_options(arguments.network, measured);
  if (measured != Mode::mpi) {
    compare(arguments, predicted, measured, nullptr);
    return;
  }
  const auto lead = [&](GroupLeader& leader) { compare(arguments, predicted, measured, &leader); };
  lead_by_mpi(arguments.scenario, arguments.network, "", lead);
}

}  // namespace

void add_compare_command(CLI::App& program) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* command = program.add_subcommand(
      "compare", "Run a scenario in virtual time and for real, and compare the two");
  add_scenario_arguments(*command, arguments->scenario);
  command
      ->add_option("--modes", arguments->modes,
                   "The prediction, then the measurement [default: virtual,local]")
      ->type_name("MODE,MODE");
  command
      ->add_option("--out", arguments->out, "Results folder [default: results/SCENARIO-comparison]")
      ->type_name("DIR");
  add_network_arguments(*command, arguments->network);
  command->add_flag("--json", arguments->json, "Print a JSON line for each point, no table");
  command->callback([arguments] { compare(*arguments); });
}

}  // namespace gradwire
