#include "sim/cli/network_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/prepare.hpp"

namespace gradwire {
namespace {

template <typename Parse>
auto parse_quantity(const char* option, const std::string& text, const Parse& parser) {
  try {
    return parser(text);
  } catch (const UnitError& error) {
    throw UsageError(fmt::format("{}: {}", option, error.what()));
  }
}

}  // namespace

void add_network_arguments(CLI::App& command, NetworkArguments& arguments) {
  add_verification_arguments(command, arguments);
  arguments.of_networks.push_back(
      command.add_flag("--unverified", arguments.unverified,
                       "Train over a real network without checking its links first"));
  arguments.of_podman =
      command
          .add_option("--image", arguments.image,
                      "In podman mode: an image that podman has, in place of this\n"
                      "machine's files")
          ->type_name("NAME");
  add_patience_argument(command, arguments);
}

void add_patience_argument(CLI::App& command, NetworkArguments& arguments) {
  arguments.of_processes =
      command
          .add_option("--patience", arguments.patience,
                      "How long the process of a node may be silent before it\n"
                      "counts as hanging [default: 15s]")
          ->type_name("TIME");
}

void add_verification_arguments(CLI::App& command, NetworkArguments& arguments) {
  CLI::Option* shaper = command
                            .add_option("--shaper", arguments.shaper,
                                        "What shapes the links of a real network: auto, tc or\n"
                                        "builtin [default: auto]")
                            ->type_name("NAME");
  CLI::Option* switching =
      command
          .add_option("--switch", arguments.switching,
                      "What its switches are: bridge, those of the kernel, or ovs,\n"
                      "Open vSwitch [default: bridge]")
          ->type_name("NAME");
  CLI::Option* open_uplinks =
      command.add_flag("--open-uplinks", arguments.open_uplinks,
                       "With ovs: only what a switch sends is shaped, not what a\n"
                       "host sends");
  CLI::Option* rate = command
                          .add_option("--rate-tolerance", arguments.rate_tolerance,
                                      "How far a real link may be from its rate [default: 2%]")
                          ->type_name("SHARE");
  CLI::Option* round_trip =
      command
          .add_option("--rtt-tolerance", arguments.round_trip_tolerance,
                      "How far a real round trip may be from the latencies, if\n"
                      "that is more than 5 % of it [default: 300us]")
          ->type_name("TIME");
  arguments.of_networks.insert(arguments.of_networks.end(),
                               {shaper, switching, open_uplinks, rate, round_trip});
}

const CLI::Option* given_option(const std::vector<CLI::Option*>& options) {
  const auto given =
      std::ranges::find_if(options, [](const CLI::Option* option) { return option->count() > 0; });
  return given == options.end() ? nullptr : *given;
}

void check_options(const NetworkArguments& arguments, Mode mode) {
  if (mode != Mode::podman && arguments.of_podman->count() > 0) {
    throw UsageError("--image; allowed: with --mode podman");
  }
  if (has_hosts(mode)) return;
  if (const CLI::Option* option = given_option(arguments.of_networks)) {
    throw UsageError(
        fmt::format("{}: {} mode builds no network; allowed: with --mode netns, lxc or "
                    "podman",
                    option->get_name(), to_string(mode)));
  }
  if (mode != Mode::mpi && arguments.of_processes->count() > 0) {
    throw UsageError(
        fmt::format("--patience: {} mode has no process for each node; allowed: with "
                    "--mode netns, lxc, podman or mpi",
                    to_string(mode)));
  }
}

NetworkOptions parse(const NetworkArguments& arguments) {
  NetworkOptions options;
  if (arguments.shaper != "auto" && arguments.shaper != "tc" && arguments.shaper != "builtin") {
    throw UsageError(fmt::format("--shaper: '{}'; allowed: auto, tc, builtin", arguments.shaper));
  }
  if (arguments.switching != "bridge" && arguments.switching != "ovs") {
    throw UsageError(fmt::format("--switch: '{}'; allowed: bridge, ovs", arguments.switching));
  }
  if (arguments.switching == "ovs" && arguments.shaper == "builtin") {
    throw UsageError(
        "--shaper: builtin takes the place of Open vSwitch; allowed: auto, tc, or --switch bridge");
  }
  if (arguments.open_uplinks && arguments.switching != "ovs") {
    throw UsageError("--open-uplinks; allowed: with --switch ovs");
  }
  options.testbed.shaper = arguments.shaper;
  options.testbed.switching = arguments.switching;
  options.testbed.image = arguments.image;
  options.testbed.open_uplinks = arguments.open_uplinks;
  options.patience = parse_quantity("--patience", arguments.patience, parse_duration);
  // A worker speaks every second.
  if (options.patience < std::chrono::seconds(2)) {
    throw UsageError(fmt::format("--patience: {}; allowed: 2s or more", arguments.patience));
  }
  options.limits.rate =
      parse_quantity("--rate-tolerance", arguments.rate_tolerance, parse_percentage);
  options.limits.round_trip =
      parse_quantity("--rtt-tolerance", arguments.round_trip_tolerance, parse_duration);
  options.verified = !arguments.unverified;
  return options;
}

}  // namespace gradwire
