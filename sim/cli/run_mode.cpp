#include "sim/cli/run_mode.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "sim/cli/interruption.hpp"
#include "sim/cli/progress.hpp"

namespace gradwire {
namespace {

int count_finished(const ResultStore& store, const Plan& plan) {
  int finished = 0;
  for (const Point& point : plan.points) {
    for (int repeat = 0; repeat < plan.repeats; ++repeat) {
      finished += store.has(point.index, repeat) ? 1 : 0;
    }
  }
  return finished;
}

// The resolved scenario, where workers, other commands and the scripts of containers/ can read it.
std::filesystem::path write_scenario(const RunModeOptions& options, const Plan& plan) {
  std::filesystem::path file = std::filesystem::absolute(options.folder / kScenarioFile);
  std::ofstream stream(file);
  stream << plan.resolved_yaml;
  stream.close();
  if (!stream) throw StorageError(file.string() + ": cannot write");
  return file;
}

void check_group_size(const Plan& plan, int size) {
  const int most = most_nodes(plan);
  if (most <= size) return;
  throw plan.error("network.nodes", fmt::format("{} nodes, and there are {} processes to be them; "
                                                "allowed: at most {}, or more processes",
                                                most, size, size));
}

}  // namespace

int most_nodes(const Plan& plan) {
  int most = 0;
  for (const Point& point : plan.points) most = std::max(most, point.scenario.network.nodes);
  return most;
}

ResultStore run_mode(Prepared& prepared, const RunModeOptions& options) {
  const Plan& plan = prepared.plan;
  if (options.group != nullptr) check_group_size(plan, options.group->size());
  const RunDescription description =
      describe_run(plan, options.mode, prepared.calibration, prepared.needs);
  ResultStore store = ResultStore::open(options.folder, description);
  const int total = static_cast<int>(plan.points.size()) * plan.repeats;
  Progress progress(fmt::format("{} ({})", plan.name, to_string(options.mode)), plan,
                    count_finished(store, plan), total);
  TestbedOptions testbed_options = options.network.testbed;
  testbed_options.run = fmt::format("{}-{}", plan.name, ::getpid());
  if (has_hosts(options.mode)) testbed_options.backend = to_string(options.mode);
  const std::filesystem::path scenario_folder =
      std::filesystem::weakly_canonical(std::filesystem::absolute(plan.file)).parent_path();
  if (plan.points.front().scenario.command) testbed_options.folders = {scenario_folder};
  Testbed testbed(testbed_options);
  const Interruption interruption([&] {
    progress.interrupted(options.folder);
    testbed.abandon();
  });
  SweepOptions sweep;
  std::optional<Hosts> hosts;
  if (has_hosts(options.mode)) {
    hosts.emplace(Hosts{testbed,
                        {.scenario = write_scenario(options, plan),
                         .folder = scenario_folder,
                         .logs = std::filesystem::absolute(options.folder / "logs"),
                         .silence_limit = options.network.patience},
                        options.network.tolerance()});
    sweep.hosts = &*hosts;
  }
  sweep.mode = options.mode;
  sweep.group = options.group;
  sweep.jobs = options.jobs;
  sweep.checkpoints = options.folder / kCheckpointsFolder;
  sweep.weights = options.folder / kWeightsFolder;
  const auto keeps_weights = [](const Point& point) {
    return point.scenario.training.keeps_weights;
  };
  // For sim caption.
  if (std::ranges::any_of(plan.points, keeps_weights)) write_scenario(options, plan);
  sweep.finished = [&](const RepeatResult& result) {
    progress.finished(result);
    if (options.finished) options.finished(description, result);
  };
  try {
    if (options.distributed != nullptr) {
      options.distributed->run(plan, prepared.data, prepared.calibration, store, sweep);
    } else {
      run_sweep(plan, prepared.data, prepared.calibration, store, sweep);
    }
  } catch (...) {
    if (progress.done() > 0) progress.interrupted(options.folder);
    throw;
  }
  return store;
}

}  // namespace gradwire
