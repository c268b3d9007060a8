#include <memory>

#include "sim/cli/commands.hpp"
#include "sim/cli/mpi_start.hpp"
#include "sim/cli/run_mode.hpp"
#include "sim/cli/run_sweep.hpp"

namespace gradwire {
namespace {

struct RunArguments : SweepArguments {
  std::string mode = "virtual";
  std::string hostfile;
  bool distribute = false;
};

void run_by_mpi(const RunArguments& arguments) {
  const auto run = [&](GroupLeader& leader) {
    run_and_show(arguments, Mode::mpi, {.nodes = &leader});
  };
  lead_by_mpi(arguments.scenario, arguments.network, arguments.hostfile, run);
}

// Every process of the job gets here; the first one leads.
void distribute(const RunArguments& arguments) {
  MpiSession::check_available();
  const auto session = MpiSession::start();
  MpiGroup network(*session);
  if (session->rank() == 0) {
    SweepLeader leader(network);
    run_and_show(arguments, Mode::virtual_time, {.points = &leader});
  } else {
    serve_sweep(network, [&] { return group_plan(arguments.scenario); });
  }
}

void run(const RunArguments& arguments) {
  const Mode mode = parse_mode(arguments.mode);
  check_options(arguments.network, mode);
  if (mode != Mode::virtual_time && arguments.jobs > 1) {
    throw UsageError(
        "--jobs: real modes run one repeat at a time, or they would disturb each other; allowed: "
        "with --mode virtual");
  }
  if (!arguments.hostfile.empty() && (mode != Mode::mpi || started_by_mpi())) {
    throw UsageError(
        "--hostfile: is handed on to mpirun; allowed: with --mode mpi, not under mpirun");
  }
  if (arguments.distribute &&
      (mode != Mode::virtual_time || arguments.jobs > 1 || !started_by_mpi())) {
    throw UsageError(
        "--distribute: spreads the points of virtual mode over the processes of MPI; allowed: with "
        "--mode virtual and --jobs 1, under mpirun or srun");
  }
  if (mode == Mode::mpi) {
    run_by_mpi(arguments);
  } else if (arguments.distribute) {
    distribute(arguments);
  } else {
    run_and_show(arguments, mode, {});
  }
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
                   "sockets on this machine; netns, lxc or podman: a process in\n"
                   "a network namespace or container for each node, as root;\n"
                   "mpi: a process of MPI for each node [default: virtual]")
      ->type_name("MODE");
  add_network_arguments(*command, arguments->network);
  add_output_arguments(*command, *arguments);
  command
      ->add_option("--jobs", arguments->jobs,
                   "Repeats at the same time, in virtual mode [default: 1]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  command
      ->add_option("--hostfile", arguments->hostfile,
                   "The machines for --mode mpi, as mpirun reads them\n[default: this one]")
      ->type_name("FILE")
      ->check(CLI::ExistingFile.description(""));
  command->add_flag("--distribute", arguments->distribute,
                    "Spread the points over the processes that mpirun or srun\n"
                    "has started, in virtual mode");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace gradwire
