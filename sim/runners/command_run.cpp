#include "sim/runners/command_run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "netmodel/steady_clock.hpp"
#include "sim/hosts/resource_sampler.hpp"
#include "sim/results/quantity.hpp"
#include "sim/runners/command_lines.hpp"
#include "sim/runners/host_load.hpp"

namespace gradwire {
namespace {

// Lines without `seconds` are timed by when they come: as finely as this.
constexpr unsigned kWatchMicroseconds = 2'000;
// Of one node, all of them in memory; three of each of 300 000 steps.
constexpr std::size_t kMetricsMax = 1'000'000;
// Of all steps of a node together: what a time in nanoseconds can hold nine times.
constexpr double kSecondsMax = 1e9;

double children_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class CommandRun {
 public:
  CommandRun(const PointRun& run, Testbed& testbed, const ProcessOptions& options)
      : run_(run), testbed_(testbed), options_(options) {}

  RunOutcome run() {
    const std::vector<std::int64_t> bytes_before = testbed_.bytes_sent();
    const double cpu_before = children_cpu_seconds() + testbed_.switch_cpu_seconds();
    const HostLoad load;
    ResourceSampler sampler(testbed_);
    begin_ = clock_.now();
    start();
    watch();
    const TimePoint end = TimePoint{} + (clock_.now() - begin_);
    read_what_is_left();
    RunOutcome outcome;
    outcome.samples = sampler.stop(ResourceSampler::Processes::gone);
    outcome.workers.resize(nodes_.size());
    outcome.workers[0].epochs.push_back({TimePoint{}, end, 0.0, 0, {}});
    const double cpu_after = children_cpu_seconds() + testbed_.switch_cpu_seconds();
    outcome.distortion = load.distortion({}, cpu_after - cpu_before);
    outcome.links = links_used(testbed_, bytes_before);
    add_bytes(outcome);
    for (Node& node : nodes_) {
      outcome.metrics.insert(outcome.metrics.end(), node.metrics.begin(), node.metrics.end());
    }
    return outcome;
  }

 private:
  struct Node {
    std::string name;
    std::unique_ptr<Process> process;
    GrowingFile output;
    std::vector<ReportedMetric> metrics{};
    double step_seconds = 0.0;  // of its steps, as far as it has told them
  };

  void start() {
    std::filesystem::create_directories(options_.logs);
    const HostPlan& plan = testbed_.plan();
    for (std::size_t rank = 0; rank < plan.hosts.size(); ++rank) {
      const std::string& name = plan.hosts[rank].name;
      const auto log =
          options_.logs / fmt::format("point{}-repeat{}-{}.log", run_.point, run_.repeat, name);
      std::vector<std::string> words{"env", "-C", options_.folder.string()};
      for (std::string& variable : rank_environment(plan, rank)) words.push_back(variable);
      words.push_back(fmt::format("GRADWIRE_STEPS={}", steps_wanted(run_)));
      const auto& command = run_.scenario.command->words;
      words.insert(words.end(), command.begin(), command.end());
      auto process = std::make_unique<Process>(testbed_.on_node(name, words), log);
      nodes_.push_back({name, std::move(process), GrowingFile(log)});
    }
  }

  // Until all have ended well.
  void watch() {
    const TimePoint deadline = begin_ + run_.scenario.command->limit;
    for (bool running = true; running; ::usleep(running ? kWatchMicroseconds : 0)) {
      running = false;
      Node* failed = nullptr;
      for (Node& node : nodes_) {
        const std::optional<Ending>& ending = node.process->ending();
        keep(node, node.output.next());
        running = running || !ending;
        if (!ending || ending->succeeded()) continue;
        // One that was killed explains others that fail.
        if (failed == nullptr || ending->signal != 0) failed = &node;
      }
      if (failed != nullptr) {
        while (!failed->output.is_read()) failed->output.rest();
        const std::string words = failed->output.last_words();
        fail(*failed, fmt::format("the command ended with {}{}", to_string(*ending_of(*failed)),
                                  words.empty() ? "" : fmt::format(": '{}'", words)));
      }
      if (running && clock_.now() > deadline) time_out();
    }
  }

  static const std::optional<Ending>& ending_of(const Node& node) { return node.process->ending(); }

  [[noreturn]] void fail(const Node& node, const std::string& problem) const {
    testbed_.stop_if_abandoned();
    throw NodeFailure(fmt::format("{} (rank {}): {}; its output: {}", node.name, rank_of(node),
                                  problem, node.output.path().string()));
  }

  [[noreturn]] void time_out() {
    testbed_.stop_if_abandoned();
    std::string names;
    for (const Node& node : nodes_) {
      if (!ending_of(node)) names += (names.empty() ? "" : ", ") + node.name;
    }
    throw NodeFailure(fmt::format("{}: the command has not ended within {} (time_limit); logs: {}",
                                  names, to_string(run_.scenario.command->limit),
                                  options_.logs.string()));
  }

  int rank_of(const Node& node) const { return static_cast<int>(&node - nodes_.data()); }

  void read_what_is_left() {
    for (Node& node : nodes_) {
      while (!node.output.is_read()) keep(node, node.output.rest());
    }
  }

  void keep(Node& node, const std::vector<GrowingFile::Line>& lines) {
    const int rank = rank_of(node);
    const double seconds = to_seconds(clock_.now() - begin_);
    for (const GrowingFile::Line& line : lines) {
      const Metrics metrics = metrics_of(line.text);
      if (rank == 0) check_step(node, line.number, metrics);
      for (const auto& [key, value] : metrics) {
        node.metrics.push_back({rank, line.number, seconds, key, value});
      }
      if (node.metrics.size() > kMetricsMax) {
        fail(node, fmt::format("line {}: more than {} values reported; allowed: fewer, e.g. not of "
                               "every step",
                               line.number, kMetricsMax));
      }
    }
  }

  void check_step(Node& node, std::int64_t line, const Metrics& metrics) const {
    std::string problem = problem_of(metrics);
    for (const auto& [key, value] : metrics) {
      if (key == "seconds") node.step_seconds += step_seconds(value).value_or(0.0);
    }
    if (problem.empty() && node.step_seconds > kSecondsMax) {
      problem =
          fmt::format("all seconds together are {}; allowed: {}", node.step_seconds, kSecondsMax);
    }
    if (!problem.empty()) fail(node, fmt::format("line {}: {}", line, problem));
  }

  // With the headers of every segment, as the links count them; under the built-in switch, whose
  // links do not, as the interfaces of the hosts do.
  void add_bytes(RunOutcome& outcome) const {
    if (outcome.links.empty()) {
      for (const ResourceSample& sample : outcome.samples) {
        outcome.workers[static_cast<std::size_t>(sample.rank)].sent.bytes.count +=
            sample.bytes_sent;
      }
    }
    const auto& directions = testbed_.plan().directions;
    for (std::size_t i = 0; i < outcome.links.size(); ++i) {
      const auto from = static_cast<std::size_t>(directions[i].from);
      if (from < nodes_.size())
        outcome.workers[from].sent.bytes.count += outcome.links[i].bytes.count;
    }
  }

  const PointRun& run_;
  Testbed& testbed_;
  const ProcessOptions& options_;
  SteadyClock clock_;
  TimePoint begin_{};  // of the commands
  std::vector<Node> nodes_;
};

// A step as rank 0 has reported it.
struct ReportedStep {
  double seconds = 0.0;
  std::optional<double> loss{};
};

struct Reports {
  std::vector<ReportedStep> steps;
  std::optional<double> accuracy;  // the last one
};

// Of the lines of rank 0, whose metrics come one line after the other.
Reports reports_of(const std::vector<ReportedMetric>& metrics) {
  Reports reports;
  double line_before = 0.0;
  for (auto metric = metrics.begin(); metric != metrics.end() && metric->rank == 0;) {
    const double arrival = metric->seconds;
    ReportedStep step{arrival - line_before};
    bool is_step = false;
    for (const std::int64_t line = metric->line;
         metric != metrics.end() && metric->rank == 0 && metric->line == line; ++metric) {
      const std::optional<double> number = number_of(metric->value);
      is_step = is_step || metric->key == "step";
      if (metric->key == "seconds") {
        step.seconds = step_seconds(metric->value).value_or(step.seconds);
      }
      if (metric->key == "loss") step.loss = number;
      if (metric->key == "accuracy" && number) reports.accuracy = number;
    }
    if (!is_step) continue;
    reports.steps.push_back(step);
    line_before = arrival;
  }
  return reports;
}

// The mean loss of the steps of each epoch, where every step has one.
void add_losses(const std::vector<ReportedStep>& steps, std::int64_t steps_per_epoch,
                RepeatResult& result) {
  if (result.extrapolated) return;
  for (EpochResult& epoch : result.epoch_results) {
    const auto begin = static_cast<std::size_t>((epoch.epoch - 1) * steps_per_epoch);
    const auto end = std::min(steps.size(), begin + static_cast<std::size_t>(steps_per_epoch));
    double sum = 0.0;
    bool all = begin < end;
    for (std::size_t i = begin; i < end; ++i) {
      all = all && steps[i].loss;
      sum += steps[i].loss.value_or(0.0);
    }
    if (all) epoch.loss = sum / static_cast<double>(end - begin);
  }
  result.loss = result.epoch_results.back().loss;
}

}  // namespace

void check_command(const Plan& plan, const std::string& mode, bool has_hosts) {
  if (has_hosts) return;
  for (const Point& point : plan.points) {
    if (!point.scenario.command) continue;
    const bool has_profile = point.scenario.model.kind == Scenario::ModelKind::profile;
    if (mode == "virtual" && has_profile) continue;
    throw plan.error("command",
                     fmt::format("{} mode has no hosts to run it on; allowed: --mode netns, lxc or "
                                 "podman, or model.kind profile and --mode virtual to predict it",
                                 mode));
  }
}

std::int64_t steps_wanted(const PointRun& run) {
  const std::int64_t all = run.training.samples.steps();
  return run.measure ? std::min<std::int64_t>(all, run.measure->warmup + run.measure->steps) : all;
}

RunOutcome run_command_on_hosts(const PointRun& run, Testbed& testbed,
                                const ProcessOptions& options) {
  return CommandRun(run, testbed, options).run();
}

RepeatResult command_result(const PointRun& run, const RunOutcome& outcome) {
  Reports reports = reports_of(outcome.metrics);
  if (reports.steps.empty()) {
    reports.steps.push_back({to_seconds(outcome.workers.at(0).epochs.at(0).end - TimePoint{})});
  }
  PointRun counted = run;
  const auto steps = static_cast<std::int64_t>(reports.steps.size());
  if (steps != steps_wanted(run)) {
    counted.training.samples.fixed_steps = steps;
    counted.training.samples.epochs = 1;
  }
  RunOutcome told = outcome;
  const std::int64_t steps_per_epoch = counted.training.samples.steps_per_epoch();
  WorkerReport& first = told.workers[0];
  first.epochs.clear();
  TimePoint now{};
  for (std::int64_t i = 0; i < steps; ++i) {
    if (i % steps_per_epoch == 0) first.epochs.push_back({now, now, 0.0, 0, {}});
    now += from_seconds(reports.steps[static_cast<std::size_t>(i)].seconds);
    first.step_ends.push_back(now);
    first.epochs.back().end = now;
  }
  // The others are not asked.
  for (WorkerReport& worker : told.workers) worker.epochs = first.epochs;
  RepeatResult result = to_result(counted, told, "command");
  add_losses(reports.steps, steps_per_epoch, result);
  result.accuracy = reports.accuracy;
  if (!result.extrapolated) result.epoch_results.back().accuracy = reports.accuracy;
  return result;
}

}  // namespace gradwire
