#include "sim/cli/run_sweep.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "sim/cli/run_mode.hpp"
#include "sim/results/json_line.hpp"
#include "sim/results/table.hpp"

namespace gradwire {
namespace {

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

}  // namespace

void add_output_arguments(CLI::App& command, SweepArguments& arguments) {
  command.add_option("--out", arguments.out, "Results folder [default: results/SCENARIO-MODE]")
      ->type_name("DIR");
  command.add_flag("--json", arguments.json,
                   "Print a JSON line for each repeat as it is finished, no table");
}

void run_and_show(const SweepArguments& arguments, Mode mode, Processes processes) {
  Prepared prepared;
  load(arguments.scenario, prepared);
  check_mode(prepared.plan, mode);

  RunModeOptions options;
  options.mode = mode;
  options.group = processes.nodes;
  options.distributed = processes.points;
  options.network = parse(arguments.network);
  options.folder = results_folder(arguments.out, prepared.plan, to_string(mode));
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

}  // namespace gradwire
