// Runs a prepared scenario into a results folder, as `run` and `compare` do.
#pragma once

#include <filesystem>
#include <functional>

#include "sim/cli/network_options.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/runners/distributed_sweep.hpp"

namespace gradwire {

struct RunModeOptions {
  Mode mode = Mode::virtual_time;
  std::filesystem::path folder;
  /// Repeats at the same time; virtual mode only.
  int jobs = 1;
  /// Of modes with a real network.
  NetworkOptions network;
  /// Of modes whose nodes are processes that somebody else has started.
  GroupLeader* group = nullptr;
  /// To spread the points of virtual mode over processes; none: all in this one.
  SweepLeader* distributed = nullptr;
  /// Told about every repeat as it is finished, from one thread at a time.
  std::function<void(const RunDescription&, const RepeatResult&)> finished;
};

/// Of the point that has the most.
int most_nodes(const Plan& plan);

/// Runs every repeat that the folder does not have yet, with its progress on standard error. A
/// signal or an error that ends it says how far it came. Throws what ResultStore::open() and
/// run_sweep() throw.
ResultStore run_mode(Prepared& prepared, const RunModeOptions& options);

}  // namespace gradwire
