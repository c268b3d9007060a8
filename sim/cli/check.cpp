#include <fmt/format.h>

#include <memory>

#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/scenario/reference.hpp"

namespace gradwire {
namespace {

struct CheckArguments {
  std::vector<std::string> scenarios;
  std::vector<std::string> overrides;
  bool schema = false;
  bool keys = false;
};

void check(const CheckArguments& arguments) {
  if (arguments.schema) fmt::print("{}", json_schema());
  if (arguments.keys) fmt::print("{}", key_table_markdown());
  if (arguments.schema || arguments.keys) return;
  if (arguments.scenarios.empty())
    throw UsageError("sim check: scenario is required; see sim check --help");
  std::string problems;
  for (const std::string& scenario : arguments.scenarios) {
    try {
      Prepared prepared;
      load({scenario, arguments.overrides, ""}, prepared);
      fmt::print("{}: ok: {}\n", scenario, extent_text(prepared.plan));
    } catch (const ScenarioError& error) {
      problems += (problems.empty() ? "" : "\n") + std::string(error.what());
    }
  }
  if (!problems.empty()) throw ScenarioError(problems);
}

}  // namespace

void add_check_command(CLI::App& program) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      program.add_subcommand("check", "Say what is wrong with a scenario, and run nothing");
  command->add_option("scenario", arguments->scenarios, "Scenario files (YAML)")->type_name("FILE");
  add_override_option(*command, arguments->overrides);
  command->add_flag("--schema", arguments->schema,
                    "Print the JSON Schema of scenario files, for editors");
  command->add_flag("--keys", arguments->keys, "Print the table of all keys (Markdown)");
  command->callback([arguments] { check(*arguments); });
}

}  // namespace gradwire
