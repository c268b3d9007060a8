// sim: how long a training takes over a network, and how good the model is by then.
//
// Exit codes: 0 done, 2 bad input, 3 the environment (files, network, permissions), 4 a bug of
// ours; 130 or 143 as the shell sees an end by SIGINT or SIGTERM.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <system_error>

#include "netmodel/check.hpp"
#include "netmodel/dynamics/rate_trace.hpp"
#include "netmodel/mailbox.hpp"
#include "netmodel/switching/tap.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/fetch/fetch.hpp"
#include "sim/results/results_error.hpp"
#include "sim/runners/virtual_run.hpp"
#include "sim/scenario/text.hpp"
#include "sim/version.hpp"
#include "trainer/data/dataset.hpp"

namespace {

enum ExitCode { kDone = 0, kBadInput = 2, kEnvironment = 3, kBug = 4 };

int report(ExitCode code, const char* what) {
  fmt::print(stderr, "{}{}\n", code == kBug ? "internal error, please report it: " : "",
             gradwire::escaped(what));
  return code;
}

// Says what went wrong, and what kind of thing it is.
int report_current_exception() {
  using namespace gradwire;
  try {
    throw;
  } catch (const ScenarioError& error) {
    return report(kBadInput, error.what());
  } catch (const UsageError& error) {
    return report(kBadInput, error.what());
  } catch (const DataError& error) {
    return report(kBadInput, error.what());
  } catch (const StorageError& error) {
    return report(kEnvironment, error.what());
  } catch (const ResultsError& error) {
    return report(kBadInput, error.what());
  } catch (const CalibrationError& error) {
    return report(kBadInput, error.what());
  } catch (const std::invalid_argument& error) {
    return report(kBadInput, error.what());
  } catch (const FetchError& error) {
    return report(kEnvironment, error.what());
  } catch (const TapError& error) {
    return report(kEnvironment, error.what());
  } catch (const TestbedError& error) {
    return report(kEnvironment, error.what());
  } catch (const NodeFailure& error) {
    return report(kEnvironment, error.what());
  } catch (const MemberFailure& error) {
    return report(kEnvironment, error.what());
  } catch (const MpiError& error) {
    return report(kEnvironment, error.what());
  } catch (const PeerLost& error) {
    return report(kEnvironment, error.what());
  } catch (const TrainingStalled& error) {
    return report(kEnvironment, error.what());
  } catch (const TraceError& error) {
    return report(kEnvironment, error.what());
  } catch (const std::system_error& error) {
    return report(kEnvironment, error.what());
  } catch (const std::bad_alloc&) {
    return report(kEnvironment, "not enough memory");
  } catch (const std::exception& error) {
    return report(kBug, error.what());
  }
}

// One line, of the command that was meant.
std::string usage_message(const CLI::App* program, const CLI::Error& error) {
  std::string command = program->get_name();
  for (const CLI::App* parsed : program->get_subcommands()) command += " " + parsed->get_name();
  return fmt::format("{}: {}; see {} --help\n", command, gradwire::escaped(error.what()), command);
}

// What is wrong with the name of the command, CLI11's own message being about something else.
std::optional<std::string> wrong_command(const CLI::App& program, int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name.starts_with("-")) return {};
  std::string allowed;
  for (const CLI::App* command : program.get_subcommands(nullptr)) {
    if (name == command->get_name()) return {};
    allowed += (allowed.empty() ? "" : ", ") + command->get_name();
  }
  return fmt::format("sim: {}; allowed: {}; see sim --help",
                     name.empty() ? "no command given" : fmt::format("no command '{}'", name),
                     allowed);
}

// What was written must have arrived: a full disk shows when the buffer is emptied.
int finish_output() {
  if (std::fflush(stdout) == 0) return kDone;
  return report(kEnvironment, "standard output: cannot write");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program(
      "sim: how long a training takes over a network, and how good the model is by then", "sim");
  program.set_version_flag("--version",
                           fmt::format("sim {} ({})", gradwire::kVersion, gradwire::kCommit));
  program.require_subcommand(1);
  program.footer(
      "Exit codes: 0 done, 2 bad input, 3 the environment (files, network, permissions),\n"
      "4 an internal error, 130 interrupted (143 by SIGTERM)");
  gradwire::add_run_command(program);
  gradwire::add_check_command(program);
  gradwire::add_show_command(program);
  gradwire::add_compare_command(program);
  gradwire::add_links_command(program);
  gradwire::add_calibrate_command(program);
  gradwire::add_export_command(program);
  gradwire::add_fetch_command(program);
  gradwire::add_caption_command(program);
  gradwire::add_features_command(program);
  gradwire::add_switch_command(program);
  gradwire::add_worker_command(program);
  program.failure_message(usage_message);
  if (const auto wrong = wrong_command(program, argc, argv)) {
    return report(kBadInput, wrong->c_str());
  }
  try {
    program.parse(argc, argv);
    return finish_output();
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kDone : kBadInput;
  } catch (...) {
    return report_current_exception();
  }
}
