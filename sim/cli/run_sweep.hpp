// A scenario from its file to the table on standard output, for the commands that run one.
#pragma once

#include <string>

#include "sim/cli/network_options.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/runners/distributed_sweep.hpp"

namespace gradwire {

struct SweepArguments {
  ScenarioArguments scenario;
  std::string out;
  NetworkArguments network;
  int jobs = 1;
  bool json = false;
};

/// Where the results go.
void add_output_arguments(CLI::App& command, SweepArguments& arguments);

/// Processes that somebody else has started.
struct Processes {
  GroupLeader* nodes = nullptr;   // of the modes whose nodes they are
  SweepLeader* points = nullptr;  // to spread the points of virtual mode over
};

/// Runs what is not finished yet and shows all of it. Throws what load(), check_mode() and
/// run_mode() throw.
void run_and_show(const SweepArguments& arguments, Mode mode, Processes processes);

}  // namespace gradwire
