// The options of commands that build a real network.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/hosts/verify.hpp"
#include "sim/runners/sweep.hpp"

namespace gradwire {

/// As given on the command line.
struct NetworkArguments {
  std::string shaper = "auto";
  std::string switching = "bridge";
  bool open_uplinks = false;
  std::string image;
  std::string patience = "15s";
  std::string rate_tolerance = "2%";
  std::string round_trip_tolerance = "300us";
  bool unverified = false;
  // What was given, as CLI11 knows it:
  std::vector<CLI::Option*> of_networks;  ///< that are built
  CLI::Option* of_processes = nullptr;    ///< that are nodes: --patience
  CLI::Option* of_podman = nullptr;       ///< --image
};

struct NetworkOptions {
  /// What is built; the name of the run and the backend are not options.
  TestbedOptions testbed;
  /// How long a worker's process may be silent before it counts as hanging.
  Duration patience = std::chrono::seconds(15);
  Tolerance limits;
  bool verified = true;

  std::optional<Tolerance> tolerance() const {
    return verified ? std::optional(limits) : std::nullopt;
  }
};

void add_network_arguments(CLI::App& command, NetworkArguments& arguments);
/// Only --patience.
void add_patience_argument(CLI::App& command, NetworkArguments& arguments);
/// Only those of the shaper and of the verification.
void add_verification_arguments(CLI::App& command, NetworkArguments& arguments);

/// The first of these options that was given; none if none was.
const CLI::Option* given_option(const std::vector<CLI::Option*>& options);
/// Throws UsageError when one was given that the mode has no use for.
void check_options(const NetworkArguments& arguments, Mode mode);

/// Throws UsageError.
NetworkOptions parse(const NetworkArguments& arguments);

}  // namespace gradwire
