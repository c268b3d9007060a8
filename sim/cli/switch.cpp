#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <system_error>

#include "netmodel/switching/switch_loop.hpp"
#include "sim/cli/chosen_point.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cli/words.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {
namespace {

struct SwitchArguments {
  PointArguments point;
  std::vector<std::string> namespaces;
  std::string device = "eth0";
  std::string queue = "50ms";
};

// A descriptor that becomes readable when the program is asked to end; the signals then do nothing
// else. Before any thread is started.
int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int file = ::signalfd(-1, &signals, SFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  return file;
}

std::string table_of(const PacketNetwork& network) {
  TextTable table({"link", "packets", "bytes", "dropped", "lost", "queue peak"});
  const Topology& topology = network.topology();
  for (LinkIndex i = 0; i < topology.links().size(); ++i) {
    const PacketCounts& counts = network.counts(i);
    table.add({topology.link_name(i), std::to_string(counts.packets),
               std::to_string(counts.bytes.count), std::to_string(counts.dropped),
               std::to_string(counts.lost), std::to_string(counts.queue_peak.count)});
  }
  return table.text();
}

std::string lateness_text(const SwitchLateness& lateness) {
  if (lateness.frames == 0) return "no frames were forwarded";
  return fmt::format("frames were forwarded {} late on average, {} at worst",
                     human_time(to_seconds(lateness.total) / static_cast<double>(lateness.frames)),
                     human_time(to_seconds(lateness.worst)));
}

Duration queue_time(const std::string& text) {
  try {
    return parse_duration(text);
  } catch (const UnitError& error) {
    throw UsageError(fmt::format("--queue: {}", error.what()));
  }
}

void run(const SwitchArguments& arguments) {
  const Plan plan = load_plan(arguments.point.scenario, arguments.point.overrides);
  const Point& point = chosen_point(plan, arguments.point);
  const NetworkSpec spec = network_of(point.scenario, arguments.point.repeat);
  PacketNetwork network(make_topology(spec), queue_time(arguments.queue), RandomStreams(spec.seed));
  if (std::ssize(arguments.namespaces) != network.hosts()) {
    throw UsageError(fmt::format("--netns: {} for {}; allowed: one for each host, by rank",
                                 counted(arguments.namespaces.size(), "namespace"),
                                 counted(static_cast<std::size_t>(network.hosts()), "host")));
  }
  const int stop = stop_signals();
  std::vector<Tap> taps;
  taps.reserve(arguments.namespaces.size());
  for (Rank rank = 0; rank < network.hosts(); ++rank) {
    taps.emplace_back(arguments.namespaces[static_cast<std::size_t>(rank)], arguments.device,
                      mac_of(rank));
  }
  fmt::print("ready\n");
  std::fflush(stdout);
  const SwitchLateness lateness = run_switch(network, taps, stop);
  ::close(stop);
  fmt::print(stderr, "{}{}\n", table_of(network), lateness_text(lateness));
}

}  // namespace

void add_switch_command(CLI::App& program) {
  auto arguments = std::make_shared<SwitchArguments>();
  CLI::App* command = program.add_subcommand(
      "switch", "Join network namespaces by a scenario's network, emulated here");
  add_point_arguments(*command, arguments->point);
  command
      ->add_option("--netns", arguments->namespaces,
                   "The hosts' namespaces by rank: names of `ip netns`,\n"
                   "or paths such as /proc/PID/ns/net")
      ->required()
      ->type_name("NAME...");
  command->add_option("--device", arguments->device, "Device to make in each [default: eth0]")
      ->type_name("NAME");
  command
      ->add_option("--queue", arguments->queue,
                   "How long the full queue of a link takes to drain\n[default: 50ms]")
      ->type_name("DURATION");
  command->footer(
      "Prints `ready` when the devices are there, and runs until SIGINT or SIGTERM; then prints\n"
      "what each link carried to standard error. The devices go with the process.");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace gradwire
