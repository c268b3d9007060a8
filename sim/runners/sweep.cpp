#include "sim/runners/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "netmodel/check.hpp"
#include "sim/calibration/machine.hpp"
#include "sim/runners/command_run.hpp"
#include "sim/runners/local_run.hpp"
#include "sim/runners/observations.hpp"
#include "sim/runners/real_network.hpp"
#include "sim/runners/real_processors.hpp"
#include "sim/runners/trajectories.hpp"
#include "sim/runners/virtual_run.hpp"
#include "sim/version.hpp"

namespace gradwire {
namespace {

struct Job {
  const Point* point;
  int repeat;
};

bool wants_arithmetic(const Scenario& scenario) {
  return scenario.arithmetic != Scenario::Arithmetic::off;
}

// Runs with all arithmetic, from the checkpoint that an earlier attempt left behind.
RunOutcome run_with_checkpoints(PointRun run, const SweepOptions& options,
                                const std::function<RunOutcome(const PointRun&)>& train) {
  keep_checkpoints(run, options.checkpoints,
                   options.mode == Mode::virtual_time ? Checkpoints::Earlier::passed_through
                                                      : Checkpoints::Earlier::left_out);
  RunOutcome outcome = train(run);
  if (run.checkpoint_file) run.checkpoint_file->remove();
  return outcome;
}

RepeatResult run_in_virtual_mode(const Job& job, DataSource& data, const Calibration& calibration,
                                 Trajectories& trajectories, const SweepOptions& options) {
  const Scenario& scenario = job.point->scenario;
  if (!wants_arithmetic(scenario)) return predict(*job.point, job.repeat, data, calibration);
  PointRun run = make_point_run(*job.point, job.repeat, data, &calibration, true);
  if (run.measure) {
    // Real modes may stop at any of these: their weights can then be compared.
    for (int step = 1; step <= run.measure->warmup + run.measure->steps; ++step) {
      run.training.hashed_steps.insert(step);
    }
  }
  keep_weights(run, options.weights);
  const auto train = [&] {
    return run_with_checkpoints(
        run, options, [](const PointRun& attempt) { return run_in_virtual_time(attempt); });
  };
  if (scenario.arithmetic == Scenario::Arithmetic::full) return to_result(run, train(), "full");
  return trajectories.share(
      run.training, [&] { return to_result(run, train(), "shared"); },
      [&] {
        PointRun timing = run;
        timing.training.data = nullptr;
        // Which of the points is computed must not show in the results.
        timing.scenario.fast_forward = Scenario::FastForward::off;
        return to_result(timing, run_in_virtual_time(timing), "shared");
      });
}

RunOutcome run_for_real(const PointRun& run, const SweepOptions& options) {
  if (options.group != nullptr) return options.group->run(run);
  const Hosts* hosts = options.hosts;
  if (hosts == nullptr) return run_locally(run);
  hosts->testbed.up(hosts->processes.scenario, {}, run.point, run.repeat,
                    network_of(run.scenario, run.repeat));
  std::vector<LinkCheck> checks;
  if (hosts->tolerance) {
    checks = verify_links(hosts->testbed, *hosts->tolerance);
    require_within(checks);
  }
  const auto& run_on_hosts = run.scenario.command ? run_command_on_hosts : run_in_processes;
  RunOutcome outcome = run_on_hosts(run, hosts->testbed, hosts->processes);
  outcome.link_checks = std::move(checks);
  outcome.network_settings = hosts->testbed.settings();
  hosts->testbed.down();
  return outcome;
}

RepeatResult run_in_real_mode(const Job& job, DataSource& data, const SweepOptions& options) {
  const bool has_command = job.point->scenario.command.has_value();
  PointRun run = make_point_run(*job.point, job.repeat, data, nullptr, !has_command);
  if (has_command) {
    const RunOutcome outcome = run_for_real(run, options);
    return command_result(run, outcome);
  }
  keep_weights(run, options.weights);
  const auto train = [&options](const PointRun& attempt) {
    RunOutcome outcome = run_for_real(attempt, options);
    add_earlier_observations(attempt, outcome);
    return outcome;
  };
  return to_result(run, run_with_checkpoints(run, options, train), "full");
}

// Jobs whose trajectory no earlier job computes come first: several workers then do not wait for
// the same one.
std::vector<Job> pending_jobs(const Plan& plan, DataSource& data, const ResultStore& store,
                              const SweepOptions& options) {
  std::vector<Job> first;
  std::vector<Job> rest;
  std::set<std::string> seen;
  for (const Point& point : plan.points) {
    for (int repeat = 0; repeat < plan.repeats; ++repeat) {
      if (store.has(point.index, repeat)) continue;
      if (options.only && !options.only->contains({point.index, repeat})) continue;
      const Scenario& scenario = point.scenario;
      const TrainingPlan training = training_of(scenario, repeat, data.shape(scenario.data));
      const bool is_new = seen.insert(trajectory_key(training)).second;
      (is_new || options.mode != Mode::virtual_time ? first : rest).push_back({&point, repeat});
    }
  }
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

// Throws ScenarioError for a model that cannot be split as its partition asks for.
CostNeed need_of(const Plan& plan, const Scenario& scenario, const DataSource::Shape& shape) {
  try {
    return cost_need(scenario, shape);
  } catch (const std::invalid_argument& error) {
    throw plan.error("data.partition.kind", error.what());
  }
}

// Throws ScenarioError for a data set that has no pixels to be moved.
void check_augmentation(const Plan& plan, const Scenario& scenario,
                        const DataSource::Shape& shape) {
  try {
    check_can_augment(scenario.data.augmentation, shape.sample);
  } catch (const std::invalid_argument& error) {
    throw plan.error("data.augment", error.what());
  }
}

}  // namespace

std::string to_string(Mode mode) {
  switch (mode) {
    case Mode::virtual_time:
      return "virtual";
    case Mode::local:
      return "local";
    case Mode::netns:
      return "netns";
    case Mode::lxc:
      return "lxc";
    case Mode::podman:
      return "podman";
    case Mode::mpi:
      return "mpi";
    case Mode::hosts:
      return "hosts";
  }
  CHECK(false, "mode {}", static_cast<int>(mode));
}

bool has_hosts(Mode mode) {
  return mode == Mode::netns || mode == Mode::lxc || mode == Mode::podman;
}

Mode parse_mode(const std::string& text) {
  for (const Mode mode :
       {Mode::virtual_time, Mode::local, Mode::netns, Mode::lxc, Mode::podman, Mode::mpi}) {
    if (to_string(mode) == text) return mode;
  }
  throw std::invalid_argument(fmt::format(
      "mode '{}' does not exist; allowed: virtual, local, netns, lxc, podman, mpi", text));
}

void check_mode(const Plan& plan, Mode mode) {
  check_command(plan, to_string(mode), has_hosts(mode));
  if (mode == Mode::local) check_local_mode(plan);
  if (mode == Mode::virtual_time) check_no_limits(plan, to_string(mode));
  if (mode == Mode::virtual_time || mode == Mode::local) return;
  check_real_network(plan, to_string(mode));
  if (!has_hosts(mode)) {
    check_processors(plan, to_string(mode));
    return;
  }
  check_limited_processors(plan, to_string(mode));
  for (const Point& point : plan.points) {
    try {
      make_host_plan(network_of(point.scenario, 0));
    } catch (const TooManyHosts& error) {
      throw plan.error("network.nodes", error.what());
    }
  }
  Testbed::check_permission();
}

void load_data(const Plan& plan, DataSource& data) {
  for (const Point& point : plan.points) {
    try {
      const DataSource::Shape shape = data.shape(point.scenario.data);
      const PartitionSpec& partition = point.scenario.partition;
      const int shared_by = partition.is_by_features() ? 1 : point.scenario.training_nodes();
      if (shape.train_samples < shared_by) {
        throw plan.error("data",
                         fmt::format("{} training samples for {} training nodes; allowed: at "
                                     "least one for each",
                                     shape.train_samples, point.scenario.training_nodes()));
      }
      const int labels = partition.labels_per_node * point.scenario.training_nodes();
      if (partition.kind == PartitionKind::labels && labels < shape.classes) {
        throw plan.error(
            "data.partition.labels",
            fmt::format("{} labels at {} training nodes leave some of {} labels to "
                        "nobody; allowed: more labels or more nodes",
                        partition.labels_per_node, point.scenario.training_nodes(), shape.classes));
      }
    } catch (const DataError& error) {
      throw plan.error("data.path", error.what());
    }
  }
}

std::vector<CostNeed> cost_needs(const Plan& plan, DataSource& data) {
  std::vector<CostNeed> needs;
  for (const Point& point : plan.points) {
    try {
      const DataSource::Shape shape = data.shape(point.scenario.data);
      const ModelSpec model = training_of(point.scenario, 0, shape).model;
      validate(model);
      check_augmentation(plan, point.scenario, shape);
      if (point.scenario.model.weights) data.weights(*point.scenario.model.weights, model);
      needs.push_back(need_of(plan, point.scenario, shape));
    } catch (const std::invalid_argument& error) {
      throw plan.error("model", error.what());
    } catch (const DataError& error) {
      throw plan.error("model.weights.file", error.what());
    }
  }
  return needs;
}

RunDescription describe_run(const Plan& plan, Mode mode, const Calibration& calibration,
                            const std::vector<CostNeed>& needs) {
  RunDescription description;
  description.scenario_name = plan.name;
  description.mode = to_string(mode);
  description.resolved_scenario = plan.resolved_yaml;
  // Real modes measure; the calibration has no part in their results.
  if (mode == Mode::virtual_time) {
    Calibration used = calibration.restricted_to(needs);
    for (const DeviceProfile* device : devices_of(plan)) used.cite(*device);
    description.calibration = used.text();
  }
  description.program_version = kVersion;
  description.commit = kCommit;
  description.machine = describe_machine();
  for (const SweepAxis& axis : plan.axes) description.axes.push_back(axis.key);
  for (const Point& point : plan.points) description.points.push_back(point.swept);
  description.repeats = plan.repeats;
  return description;
}

void run_sweep(const Plan& plan, DataSource& data, const Calibration& calibration,
               ResultStore& store, const SweepOptions& options) {
  CHECK(options.jobs >= 1 && (options.jobs == 1 || options.mode == Mode::virtual_time), "jobs={}",
        options.jobs);
  CHECK((options.hosts != nullptr) == has_hosts(options.mode), "mode {}", to_string(options.mode));
  CHECK((options.group != nullptr) == (options.mode == Mode::mpi || options.mode == Mode::hosts),
        "mode {}", to_string(options.mode));
  const std::vector<Job> jobs = pending_jobs(plan, data, store, options);
  Trajectories trajectories;
  std::mutex mutex;
  std::size_t next = 0;
  std::exception_ptr error;
  const auto work = [&] {
    for (;;) {
      Job job{};
      {
        const std::lock_guard lock(mutex);
        if (next == jobs.size() || error) return;
        job = jobs[next++];
        if (options.started) options.started(job.point->index, job.repeat);
      }
      try {
        RepeatResult result;
        if (options.mode == Mode::virtual_time) {
          result = run_in_virtual_mode(job, data, calibration, trajectories, options);
        } else {
          result = run_in_real_mode(job, data, options);
        }
        store.add(result);
        const std::lock_guard lock(mutex);
        if (options.finished) options.finished(result);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
      }
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(options.jobs));
  for (int i = 0; i < options.jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

std::vector<std::set<SweepJob>> pending_parts(const Plan& plan, DataSource& data,
                                              const ResultStore& store) {
  std::vector<std::set<SweepJob>> parts;
  std::map<std::string, std::size_t> part_of;  // by trajectory
  for (const Job& job : pending_jobs(plan, data, store, {})) {
    const Scenario& scenario = job.point->scenario;
    std::size_t part = parts.size();
    if (scenario.arithmetic == Scenario::Arithmetic::automatic ||
        scenario.arithmetic == Scenario::Arithmetic::shared) {
      const TrainingPlan training = training_of(scenario, job.repeat, data.shape(scenario.data));
      part = part_of.try_emplace(trajectory_key(training), part).first->second;
    }
    if (part == parts.size()) parts.emplace_back();
    parts[part].insert({job.point->index, job.repeat});
  }
  return parts;
}

RepeatResult predict(const Point& point, int repeat, DataSource& data,
                     const Calibration& calibration) {
  const PointRun run = make_point_run(point, repeat, data, &calibration, false);
  return to_result(run, run_in_virtual_time(run), "off");
}

}  // namespace gradwire
