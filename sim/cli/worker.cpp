#include "sim/runners/worker_process.hpp"

#include <memory>
#include <string>

#include "sim/cli/commands.hpp"

namespace gradwire {

void add_worker_command(CLI::App& program) {
  struct Arguments {
    std::string control;
    int rank = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      program.add_subcommand("worker", "Be one node of a run; started by sim run on every host");
  command->add_option("--control", arguments->control, "The runner's socket")
      ->required()
      ->type_name("PATH");
  command->add_option("--rank", arguments->rank, "Which node, from 0")
      ->required()
      ->type_name("N")
      ->check(CLI::Range(0, 65'535).description(""));
  command->callback([arguments] { run_worker_process(arguments->control, arguments->rank); });
}

}  // namespace gradwire
