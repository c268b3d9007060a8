// network.events, network.traces and network.background: what they become, and what is refused.
#include <filesystem>
#include <fstream>

#include "netmodel/topologies/shape.hpp"
#include "sim/scenario/problems.hpp"
#include "tests/sim/scenario/refused.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

DynamicsSpec dynamics_of(const std::string& overrides) {
  return load_shortest({overrides}).points[0].scenario.network.dynamics;
}

// Two hosts: 0 and 1 are the ways up, 2 and 3 the ways down.
TEST(ScenarioDynamics, ChoosesLinksOfAStar) {
  const auto links = [](const std::string& choice) {
    const DynamicsSpec spec = dynamics_of("network.events=[{do: cut, " + choice + "}]");
    return std::get<CutLinks>(spec.events.at(0).action).links;
  };
  EXPECT_THAT(links("link: host1-switch"), ElementsAre(1));
  EXPECT_THAT(links("link: [switch-host0, host1-switch]"), ElementsAre(1, 2));
  EXPECT_THAT(links("cable: switch-host1"), ElementsAre(1, 3));
  EXPECT_THAT(links("host: host0"), ElementsAre(0, 2));
  EXPECT_THAT(links("host: host0, link: host1-switch"), ElementsAre(0, 1, 2));
}

// The names that a point chooses by are those of the network that it runs on.
TEST(ScenarioDynamics, ChoosesLinksOfEveryTopologyByTheirNames) {
  for (const char* shape :
       {"star", "ring", "chain", "full-mesh", "dumbbell, dumbbell: {bandwidth: 1Gbit}",
        "tree, tree: {fanout: 2, depth: 2}"}) {
    SCOPED_TRACE(shape);
    const std::string text =
        headed("network: {nodes: 4, bandwidth: 10Mbit, topology: " + std::string(shape) + "}\n");
    const Scenario plain = load(text).points[0].scenario;
    const auto topology_of = [](const Scenario& scenario) {
      return make_topology({.shape = scenario.network.shape,
                            .cables = std::vector<Cable>(4, Cable{BitsPerSecond{1000}, {}}),
                            .between_switches = {BitsPerSecond{1000}, {}}});
    };
    const auto built = topology_of(plain);
    for (LinkIndex link = 0; link < built->links().size(); ++link) {
      const Plan plan =
          load(text, {"network.events=[{do: cut, link: " + built->link_name(link) + "}]"});
      const NetworkEvent& event = plan.points[0].scenario.network.dynamics.events.at(0);
      EXPECT_THAT(std::get<CutLinks>(event.action).links, ElementsAre(link));
    }
  }
}

TEST(ScenarioDynamics, ReadsEveryKindOfEvent) {
  const DynamicsSpec spec = dynamics_of(
      "network.events=[{do: set, at: 2s, every: 4s, host: host0, bandwidth: 5Mbit, loss: 1%},"
      "{do: restore, at: 9s}, {do: restore, link: host0-switch},"
      "{do: flap, at: 1s, every: 10s, for: 500ms, link: host0-switch},"
      "{do: partition, at: 3s, for: 1s, groups: [[host1]]},"
      "{do: join, at: 7s, host: host1}, {do: leave, at: 8s, host: host1}]");
  ASSERT_EQ(spec.events.size(), 7U);
  const auto& set = std::get<SetLinks>(spec.events[0].action);
  EXPECT_EQ(spec.events[0].at, 2s);
  EXPECT_EQ(spec.events[0].every, 4s);
  EXPECT_EQ(set.change.rate, BitsPerSecond{5'000'000});
  EXPECT_EQ(set.change.loss, 0.01);
  EXPECT_FALSE(set.change.latency);
  EXPECT_TRUE(std::holds_alternative<RestoreAll>(spec.events[1].action));
  EXPECT_THAT(std::get<RestoreLinks>(spec.events[2].action).links, ElementsAre(0));
  EXPECT_EQ(std::get<CutLinks>(spec.events[3].action).length, 500ms);
  EXPECT_THAT(std::get<Partition>(spec.events[4].action).group_of, ElementsAre(0, 1));
  // Cut off until it joins.
  EXPECT_EQ(spec.events[5].at, 0s);
  EXPECT_EQ(std::get<CutLinks>(spec.events[5].action).length, 7s);
  EXPECT_EQ(std::get<Leave>(spec.events[6].action).host, 1);
}

TEST(ScenarioDynamics, ReadsEveryKindOfTraffic) {
  const DynamicsSpec spec = dynamics_of(
      "network.background=[{kind: constant, from: host0, to: host1, rate: 3Mbit, at: 1s},"
      "{kind: on-off, from: host1, to: host0, busy: 1s, idle: 2s, durations: exponential, for: 9s},"
      "{kind: poisson, from: host1, to: host0, every: 10ms, size: [1kB, 2MiB]}]");
  ASSERT_EQ(spec.background.size(), 3U);
  EXPECT_EQ(spec.background[0].rate, BitsPerSecond{3'000'000});
  EXPECT_EQ(spec.background[0].at, 1s);
  EXPECT_EQ(spec.background[1].length, 9s);
  EXPECT_TRUE(std::get<OnOffTraffic>(spec.background[1].traffic).exponential);
  EXPECT_THAT(std::get<PoissonTraffic>(spec.background[2].traffic).sizes,
              ElementsAre(Bytes{1000}, Bytes{2 << 20}));
}

TEST(ScenarioDynamics, ReadsTracesBesideTheScenario) {
  const auto file = std::filesystem::temp_directory_path() / "gradwire-dynamics-test.trace";
  std::ofstream(file) << "0 1\n1 2\n";
  const DynamicsSpec spec = dynamics_of(
      "network.traces=[{host: host1, unit: kbit, loop: true, file: " + file.string() + "}]");
  EXPECT_EQ(spec.traces.at(0).file, file);
  EXPECT_EQ(spec.traces.at(0).unit, BitsPerSecond{1000});
  EXPECT_TRUE(spec.traces.at(0).loop);
  EXPECT_THAT(spec.traces.at(0).links, ElementsAre(1, 3));
  std::ofstream(file) << "0 1\n1 fast\n";
  EXPECT_THAT(error_of(kShortest, {"network.traces=[{host: host1, file: " + file.string() + "}]"}),
              testing::HasSubstr(".trace:2: "));
  std::filesystem::remove(file);
}

// The resolved scenario means the same.
TEST(ScenarioDynamics, ResolvesToTheSame) {
  const Plan plan = load_shortest(
      {"network.events=[{do: flap, every: 10s, for: 1s, cable: host0-switch}, {do: set, host: "
       "[host0, host1], jitter: 1ms}, {do: partition, groups: [[host0], [host1]]}]",
       "network.background=[{kind: poisson, from: host0, to: host1, every: 1s, size: 1MB, "
       "weight: 4}]"});
  const Plan again = load(plan.resolved_yaml);
  EXPECT_EQ(again.resolved_yaml, plan.resolved_yaml);
  EXPECT_EQ(again.points[0].scenario.network.dynamics.events.size(), 3U);
  EXPECT_EQ(again.points[0].scenario.network.dynamics.background.at(0).weight, 4);
}

std::string without_what_is_allowed(const std::string& message) {
  const std::size_t end = message.find(" allowed:");
  return message.substr(0, end == std::string::npos || message[end - 1] != ';' ? end : end - 1);
}

void expect_refused(const std::string& key, const std::string& entry, const std::string& message) {
  EXPECT_EQ(without_what_is_allowed(error_of(kShortest, {"network." + key + "=[" + entry + "]"})),
            "--set network." + key + ": entry 1: " + message);
}

TEST(ScenarioDynamics, RefusesEventsThatMeanNothing) {
  const auto refused = [](const std::string& entry, const std::string& message) {
    expect_refused("events", entry, message);
  };
  refused("{at: 1s, host: host0}", "do is missing");
  refused("{do: explode, host: host0}", "do 'explode' is unknown");
  refused("{do: cut}", "link, cable or host is missing");
  refused("{do: cut, host: host0, when: 1s}", "when is an unknown key");
  refused("{do: cut, host: host0, at: 1}",
          "at '1' has no unit; write e.g. 200us (units: ns, us, ms, s, min, h)");
  refused("{do: cut, host: host0, every: 1s}", "for is missing, but required with every");
  refused("{do: cut, host: host0, every: 1s, for: 1s}", "for is not shorter than every");
  refused("{do: flap, host: host0, every: 1s}", "for is missing, but required with do: flap");
  refused("{do: flap, host: host0, for: 1s}", "every is missing, but required with do: flap");
  refused("{do: set, host: host0}", "sets nothing");
  refused("{do: cut, host: host0, loss: 1%}", "do: cut sets nothing");
  refused("{do: set, host: host0, loss: 1%, for: 1s}", "for has no meaning with do: set");
  refused("{do: leave, host: [host0, host1]}", "do: leave is about one host");
  refused("{do: leave, host: host0, every: 1s}", "every has no meaning with do: leave");
  refused("{do: partition}", "groups is missing, but required with do: partition");
  refused("{do: partition, groups: [[host0], [host0]]}", "host0 is in two groups");
  refused("{do: cut, host: host0, groups: [[host0]]}", "groups has no meaning with do: cut");
  refused("{do: cut, host: host7}", "host7 is unknown; did you mean 'host0'?");
  refused("{do: cut, link: host0-swich}", "host0-swich is unknown; did you mean 'host0-switch'?");
}

TEST(ScenarioDynamics, RefusesTrafficAndTracesThatMeanNothing) {
  const auto flow = [](const std::string& entry, const std::string& message) {
    expect_refused("background", "{" + entry + "}", message);
  };
  flow("from: host0, to: host1", "kind is missing");
  flow("kind: constant, to: host1", "from is missing");
  flow("kind: constant, from: host0, to: host0", "goes from a host to itself");
  flow("kind: constant, from: host0, to: you", "you is unknown");
  flow("kind: constant, from: host0, to: host1, busy: 1s",
       "busy, idle and durations have no meaning with kind: constant");
  flow("kind: on-off, from: host0, to: host1, busy: 1s",
       "busy or idle is missing, but required with kind: on-off");
  flow("kind: poisson, from: host0, to: host1, every: 1s",
       "every or size is missing, but required with kind: poisson");
  flow("kind: poisson, from: host0, to: host1, every: 0s, size: 1MB", "a time is 0");
  flow("kind: poisson, from: host0, to: host1, every: 1s, size: 0B", "size 0B is out of range");
  flow("kind: constant, from: host0, to: host1, size: 1MB",
       "every and size have no meaning with kind: constant");
  expect_refused("traces", "{host: host0}", "file is missing");
  expect_refused("traces", "{file: /nowhere/at.all}", "link, cable or host is missing");
  expect_refused("traces", "{host: host0, file: /nowhere/at.all}",
                 "/nowhere/at.all: cannot be read");
}

}  // namespace
}  // namespace gradwire
