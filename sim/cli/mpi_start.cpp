#include "sim/cli/mpi_start.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <vector>

#include "sim/cli/run_mode.hpp"
#include "sim/hosts/testbed.hpp"

namespace gradwire {
namespace {

// The arguments of this process but for --hostfile, which is mpirun's.
std::vector<std::string> own_arguments() {
  std::vector<std::string> arguments;
  std::ifstream file("/proc/self/cmdline");
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  arguments.at(0) = own_program().string();
  const auto option = std::ranges::find(arguments, "--hostfile");
  if (option != arguments.end()) arguments.erase(option, option + 2);
  std::erase_if(arguments,
                [](const std::string& argument) { return argument.starts_with("--hostfile="); });
  return arguments;
}

[[noreturn]] void start_by_mpi(int processes, const std::string& hostfile) {
  std::vector<std::string> command{"mpirun", "-np", std::to_string(processes)};
  if (!hostfile.empty()) command.insert(command.end(), {"--hostfile", hostfile});
  for (std::string& argument : own_arguments()) command.push_back(std::move(argument));
  // A worker has one thread that computes and one that communicates: bound to one core they would
  // wait for each other. Without a hostfile, more processes than cores are what was asked for.
  ::setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 0);
  if (hostfile.empty()) ::setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 0);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  throw std::system_error(errno, std::generic_category(),
                          "'mpirun' is missing; install the package openmpi-bin");
}

}  // namespace

bool started_by_mpi() {
  // Of Open MPI, of MPICH and Slurm's PMI, and of PMIx.
  return std::ranges::any_of(std::to_array({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"}),
                             [](const char* name) { return std::getenv(name) != nullptr; });
}

std::unique_ptr<GroupPlan> group_plan(const ScenarioArguments& arguments) {
  auto group = std::make_unique<GroupPlan>();
  group->plan = load_plan(arguments.scenario, arguments.overrides);
  load_data(group->plan, group->data);
  return group;
}

void lead_by_mpi(const ScenarioArguments& scenario, const NetworkArguments& network,
                 const std::string& hostfile, const std::function<void(GroupLeader&)>& lead) {
  MpiSession::check_available();
  if (!started_by_mpi()) {
    const Plan plan = load_plan(scenario.scenario, scenario.overrides);
    check_mode(plan, Mode::mpi);
    start_by_mpi(most_nodes(plan), hostfile);
  }
  GroupOptions options;
  options.silence_limit = parse(network).patience;
  const auto session = MpiSession::start();
  MpiGroup group(*session);
  if (session->rank() == 0) {
    GroupLeader leader(group, options);
    lead(leader);
  } else {
    serve_group(group, options, [&] { return group_plan(scenario); });
  }
}

}  // namespace gradwire
