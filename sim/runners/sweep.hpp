// A whole scenario: every repeat of every point that is not finished yet, into a result store.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/calibration/calibration.hpp"
#include "sim/hosts/verify.hpp"
#include "sim/results/result_store.hpp"
#include "sim/runners/data_source.hpp"
#include "sim/runners/group_run.hpp"
#include "sim/runners/process_run.hpp"
#include "sim/scenario/plan.hpp"

namespace gradwire {

enum class Mode {
  virtual_time,
  local,
  netns,
  lxc,
  podman,
  mpi,
  hosts,  // processes that were started by hand
};

/// "virtual", "local", "netns", "lxc", "podman", "mpi", "hosts".
std::string to_string(Mode mode);
/// Whether the nodes are processes on hosts of a Testbed, whose backend then has the mode's name.
bool has_hosts(Mode mode);
/// Throws std::invalid_argument, naming the modes that can be asked for.
Mode parse_mode(const std::string& text);

/// Throws ScenarioError when a point asks for what the mode cannot show, TestbedError when this
/// process may not build networks and the mode needs one.
void check_mode(const Plan& plan, Mode mode);

/// Reads every data set of the plan, so that what is wrong with one is known before anything runs.
/// Throws ScenarioError at the line of its key.
void load_data(const Plan& plan, DataSource& data);

/// What the costs of all points need from a calibration, by point.
std::vector<CostNeed> cost_needs(const Plan& plan, DataSource& data);

/// What stands in the results about this run.
RunDescription describe_run(const Plan& plan, Mode mode, const Calibration& calibration,
                            const std::vector<CostNeed>& needs);

/// What modes whose nodes are processes need besides; it outlives the sweep.
struct Hosts {
  Testbed& testbed;
  ProcessOptions processes;
  /// Of the check of every link before the training; none: no check.
  std::optional<Tolerance> tolerance;
};

/// A repeat of a point.
struct SweepJob {
  int point = 0;
  int repeat = 0;

  friend auto operator<=>(const SweepJob&, const SweepJob&) = default;
};

struct SweepOptions {
  Mode mode = Mode::virtual_time;
  /// Of the modes that need it: see has_hosts().
  const Hosts* hosts = nullptr;
  /// Of the modes that need one, Mode::mpi and Mode::hosts.
  GroupLeader* group = nullptr;
  /// Repeats at the same time; virtual mode only.
  int jobs = 1;
  /// Nothing but these; none: everything.
  std::optional<std::set<SweepJob>> only;
  /// Where the checkpoints of unfinished repeats are, for scenarios that ask for some; made if it
  /// is missing.
  std::filesystem::path checkpoints;
  /// Likewise of the weights at the end.
  std::filesystem::path weights;
  /// Told about every repeat as it is finished, from one thread at a time.
  std::function<void(const RepeatResult&)> finished;
  /// Likewise before a repeat starts; points have their index.
  std::function<void(int point, int repeat)> started;
};

/// Runs what the store does not have. The first error ends the sweep when the repeats under way are
/// finished, and is thrown.
void run_sweep(const Plan& plan, DataSource& data, const Calibration& calibration,
               ResultStore& store, const SweepOptions& options);

/// What the store does not have, in parts that can be run apart: those that share the arithmetic of
/// one training are together.
std::vector<std::set<SweepJob>> pending_parts(const Plan& plan, DataSource& data,
                                              const ResultStore& store);

/// The whole training of one repeat in virtual time, timing only.
RepeatResult predict(const Point& point, int repeat, DataSource& data,
                     const Calibration& calibration);

}  // namespace gradwire
