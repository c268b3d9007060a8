#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/cli/run_mode.hpp"
#include "sim/results/json_line.hpp"
#include "sim/results/table.hpp"

namespace gradwire {
namespace {

struct RunArguments {
  ScenarioArguments scenario;
  std::string mode = "virtual";
  std::string out;
  NetworkArguments network;
  int jobs = 1;
  bool json = false;
};

// A table of more points is of no use; the export has them all.
constexpr std::size_t kPointsListed = 200;

std::string table_of(const ResultStore& store, const std::filesystem::path& folder) {
  RunDescription description = store.description();
  std::vector<RepeatResult> repeats = store.repeats();
  const std::size_t points = description.points.size();
  if (points > kPointsListed) {
    description.points.resize(kPointsListed);
    std::erase_if(repeats, [](const RepeatResult& repeat) {
      return repeat.point >= static_cast<int>(kPointsListed);
    });
  }
  std::string text = result_table(description, repeats, isatty(STDOUT_FILENO) == 1);
  if (points > kPointsListed) {
    text += fmt::format("\nthe first {} of {} points; all of them: sim export {} --format csv\n",
                        kPointsListed, points, folder.string());
  }
  return text;
}

void run(const RunArguments& arguments) {
  const Mode mode = parse_mode(arguments.mode);
  if (mode != Mode::virtual_time && arguments.jobs > 1) {
    throw UsageError(
        "--jobs: real modes run one repeat at a time, or they would disturb each other; allowed: "
        "with --mode virtual");
  }
  Prepared prepared;
  load(arguments.scenario, prepared);
  check_mode(prepared.plan, mode);

  RunModeOptions options;
  options.mode = mode;
  options.network = parse(arguments.network);
  options.folder = results_folder(arguments.out, prepared.plan, arguments.mode);
  ResultStore::check_writable(options.folder);
  if (mode == Mode::virtual_time) calibrate(arguments.scenario, prepared);
  options.jobs = arguments.jobs;
  if (arguments.json) {
    options.finished = [](const RunDescription& description, const RepeatResult& result) {
      fmt::print("{}\n", json_line(description, result));
      std::fflush(stdout);
    };
  }
  const ResultStore store = run_mode(prepared, options);
  if (!arguments.json) fmt::print("{}", table_of(store, options.folder));
  fmt::print(stderr, "results in {}\n", options.folder.string());
}

}  // namespace

void add_run_command(CLI::App& program) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = program.add_subcommand(
      "run", "Run every point of a scenario; again, to go on where it stopped");
  add_scenario_arguments(*command, arguments->scenario);
  command
      ->add_option("--mode", arguments->mode,
                   "virtual: simulated time, deterministic; local: real\n"
                   "sockets on this machine; netns: a process and a network\n"
                   "namespace for each node, as root [default: virtual]")
      ->type_name("MODE");
  add_network_arguments(*command, arguments->network);
  command->add_option("--out", arguments->out, "Results folder [default: results/SCENARIO-MODE]")
      ->type_name("DIR");
  command
      ->add_option("--jobs", arguments->jobs,
                   "Repeats at the same time, in virtual mode [default: 1]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  command->add_flag("--json", arguments->json,
                    "Print a JSON line for each repeat as it is finished, no table");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace gradwire
