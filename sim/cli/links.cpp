#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "sim/cli/chosen_point.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/interruption.hpp"
#include "sim/cli/network_options.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/hosts/host_plan.hpp"
#include "sim/hosts/host_settings.hpp"
#include "sim/hosts/verify.hpp"
#include "sim/runners/point_run.hpp"
#include "sim/scenario/value.hpp"

namespace gradwire {
namespace {

struct LinksArguments {
  PointArguments point;
  std::string format = "table";
  bool verify = false;
  std::string run;  // a network that is up; empty: build one
  NetworkArguments network;
};

bool is_tolerance(const CLI::Option& option) { return option.get_name().ends_with("-tolerance"); }

std::string name_of(const HostPlan& plan, Vertex vertex, int interface) {
  const HostPlan::Node& node = plan.node(vertex);
  return fmt::format("{} {}", node.name, node.interfaces[static_cast<std::size_t>(interface)].name);
}

std::string table_of(const HostPlan& plan) {
  TextTable hosts({"host", "address", "port", "interfaces"});
  for (const HostPlan::Host& host : plan.hosts) {
    hosts.add({host.name, fmt::format("{}/{}", host.address, plan.prefix),
               std::to_string(plan.port), std::to_string(host.interfaces.size())});
  }
  TextTable links({"link", "leaves by", "bandwidth", "latency", "jitter", "loss"});
  for (const HostPlan::Direction& direction : plan.directions) {
    links.add({direction.name, name_of(plan, direction.from, direction.interface),
               to_string(direction.link.rate), to_string(direction.link.latency),
               to_string(direction.link.jitter), percentage_text(direction.link.loss)});
  }
  const bool bridges = plan.forwarding == HostPlan::Forwarding::bridges;
  return fmt::format(
      "{}\n{}\nswitches: {}; {}\n", hosts.text(), links.text(), plan.switches.size(),
      bridges ? "they are bridges" : "every node forwards by static routes, one way for each pair");
}

// Builds the network, unless it is there, and measures every link.
void verify(const LinksArguments& arguments, const Plan& plan, const Point& point,
            const NetworkSpec& spec) {
  const NetworkOptions options = parse(arguments.network);
  const bool is_there = !arguments.run.empty();
  TestbedOptions testbed_options = options.testbed;
  testbed_options.run = is_there ? arguments.run : fmt::format("{}-{}", plan.name, ::getpid());
  Testbed testbed(testbed_options);
  const Interruption interruption([&] { testbed.abandon(); });
  if (is_there) {
    testbed.use(spec);
  } else {
    testbed.up(arguments.point.scenario, arguments.point.overrides, point.index,
               arguments.point.repeat, spec);
  }
  const std::vector<LinkCheck> checks = verify_links(testbed, options.limits);
  fmt::print("{}", verification_table(checks));
  fmt::print(stderr, "links shaped by {}\n", testbed.shaper());
  if (!std::ranges::all_of(checks, &LinkCheck::within)) {
    throw TestbedError("the network does not deliver what the scenario asks for");
  }
}

// What is asked for and has no effect.
void check_use(const LinksArguments& arguments) {
  const CLI::Option* option = given_option(arguments.network.of_networks);
  if (!arguments.verify && (option != nullptr || !arguments.run.empty())) {
    throw UsageError(fmt::format("{}: is for measuring a network; allowed: with --verify",
                                 option != nullptr ? option->get_name() : "--run"));
  }
  if (!arguments.run.empty() && option != nullptr && !is_tolerance(*option)) {
    throw UsageError(fmt::format(
        "{}: the network of --run is built already; allowed: without --run", option->get_name()));
  }
}

void links(const LinksArguments& arguments) {
  check_use(arguments);
  if (arguments.format != "json" && arguments.format != "table") {
    throw UsageError(fmt::format("--format: '{}'; allowed: table, json", arguments.format));
  }
  const Plan plan = load_plan(arguments.point.scenario, arguments.point.overrides);
  const Point& point = chosen_point(plan, arguments.point);
  const NetworkSpec spec = network_of(point.scenario, arguments.point.repeat);
  HostPlan hosts;
  try {
    hosts = make_host_plan(spec);
  } catch (const TooManyHosts& error) {
    throw plan.error("network.nodes", error.what());
  }
  if (arguments.verify) {
    verify(arguments, plan, point, spec);
    return;
  }
  if (arguments.format == "table") {
    fmt::print("{}", table_of(hosts));
    return;
  }
  fmt::print("{}", host_plan_json(hosts, host_settings(plan.name, point.scenario)));
}

}  // namespace

void add_links_command(CLI::App& program) {
  auto arguments = std::make_shared<LinksArguments>();
  CLI::App* command = program.add_subcommand(
      "links", "Show the hosts, addresses, switches and links of a scenario's network");
  add_point_arguments(*command, arguments->point);
  command->add_option("--format", arguments->format, "table or json [default: table]")
      ->type_name("FORMAT");
  command->add_flag("--verify", arguments->verify,
                    "Build the network, as root, and measure every link");
  command
      ->add_option("--run", arguments->run,
                   "With --verify: measure the network of this name, which\n"
                   "containers/up.sh has built")
      ->type_name("RUN");
  add_verification_arguments(*command, arguments->network);
  command->callback([arguments] { links(*arguments); });
}

}  // namespace gradwire
