#include "sim/runners/worker_process.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "sim/cli/commands.hpp"
#include "sim/cli/hosts_file.hpp"
#include "sim/cli/run_sweep.hpp"

namespace gradwire {
namespace {

struct WorkerArguments : SweepArguments {
  std::string control;
  std::string hosts;
  std::string secret;
  std::string wait = "10min";
  int rank = 0;
  int threads = 1;
};

Duration parse_wait(const std::string& text) {
  try {
    return parse_duration(text);
  } catch (const UnitError& error) {
    throw UsageError(fmt::format("--wait: {}", error.what()));
  }
}

// One machine of several, each of which was started by hand.
void take_part(const WorkerArguments& arguments) {
  if (arguments.secret.empty()) {
    throw UsageError(
        "--secret: is missing; allowed: a file with the same content on every machine");
  }
  TcpGroup::Options network_options;
  network_options.rank = arguments.rank;
  network_options.addresses = read_hosts(arguments.hosts);
  network_options.secret = read_secret(arguments.secret);
  network_options.patience = parse_wait(arguments.wait);
  network_options.log = print_to_stderr;
  const std::size_t size = network_options.addresses.size();
  if (static_cast<std::size_t>(arguments.rank) >= size) {
    throw UsageError(fmt::format("--rank: {}; allowed: from 0 to {}, as {} has {} machines",
                                 arguments.rank, size - 1, arguments.hosts, size));
  }
  GroupOptions options;
  options.silence_limit = parse(arguments.network).patience;
  options.threads = arguments.threads;
  // Checked before anybody is waited for.
  auto group = std::make_unique<GroupPlan>();
  group->plan = load_plan(arguments.scenario.scenario, arguments.scenario.overrides);
  check_mode(group->plan, Mode::hosts);
  load_data(group->plan, group->data);
  print_to_stderr(fmt::format("rank {} of {} waits for the others", arguments.rank, size));
  TcpGroup network(std::move(network_options));
  if (arguments.rank == 0) {
    GroupLeader leader(network, options);
    run_and_show(arguments, Mode::hosts, {.nodes = &leader});
  } else {
    serve_group(network, options, [&] { return std::move(group); });
  }
}

void be_worker(const WorkerArguments& arguments) {
  const bool by_hand = !arguments.hosts.empty();
  if (by_hand == !arguments.control.empty() || by_hand == arguments.scenario.scenario.empty()) {
    throw UsageError(
        "worker: allowed: SCENARIO with --hosts, by hand, or --control, as sim run does");
  }
  if (by_hand) {
    take_part(arguments);
  } else {
    run_worker_process(arguments.control, arguments.rank);
  }
}

}  // namespace

void add_worker_command(CLI::App& program) {
  auto arguments = std::make_shared<WorkerArguments>();
  CLI::App* command = program.add_subcommand(
      "worker", "Be one node of a run: by hand, on each of several machines");
  command->add_option("scenario", arguments->scenario.scenario, "Scenario file (YAML)")
      ->type_name("FILE");
  command->add_option("--rank", arguments->rank, "Which node, from 0; rank 0 leads")
      ->required()
      ->type_name("N")
      ->check(CLI::Range(0, 65'535).description(""));
  command
      ->add_option("--hosts", arguments->hosts,
                   "The machines, one a line by rank: an address or a name,\n"
                   "and a port if it is not 50501")
      ->type_name("FILE");
  command
      ->add_option("--secret", arguments->secret,
                   "A file that all machines have and nobody else can read")
      ->type_name("FILE");
  command
      ->add_option("--threads", arguments->threads,
                   "Threads of each matrix product on this machine [default: 1]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  command
      ->add_option("--wait", arguments->wait,
                   "How long the others may take to be started\n[default: 10min]")
      ->type_name("TIME");
  add_override_option(*command, arguments->scenario.overrides);
  add_patience_argument(*command, arguments->network);
  add_output_arguments(*command, *arguments);
  command->add_option("--control", arguments->control, "What sim run starts its workers with")
      ->type_name("PATH");
  command->callback([arguments] { be_worker(*arguments); });
}

}  // namespace gradwire
