// What events, traces, background traffic and routes do to a training in virtual time.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "netmodel/mailbox.hpp"
#include "sim/runners/outcome.hpp"
#include "sim/runners/virtual_run.hpp"
#include "tests/sim/runners/made_up.hpp"

namespace gradwire {
namespace {

// Two nodes at 100 Mbit/s: a ring sends half of 50 920 bytes twice a step and each way, 4 ms and
// more of it; 12 steps take between 50 and 100 ms.
RepeatResult run_with(const std::string& more, int repeat = 0) {
  MadeUpRun run(
      tiny_scenario("{nodes: 2, bandwidth: 100Mbit" + (more.empty() ? "" : ", " + more) + "}"));
  const PointRun point =
      make_point_run(run.plan.points[0], repeat, run.data, &run.calibration, true);
  return to_result(point, run_in_virtual_time(point), "full");
}

double seconds_with(const std::string& more) { return run_with(more).train_seconds; }

TEST(DynamicsRun, LeavesTheWeightsAsTheyAre) {
  const RepeatResult plain = run_with("");
  const RepeatResult disturbed = run_with(
      "events: [{do: set, at: 20ms, host: host0, bandwidth: 30Mbit}], "
      "background: [{kind: constant, from: host0, to: host1}]");
  EXPECT_EQ(disturbed.weights_sha256, plain.weights_sha256);
  EXPECT_GT(disturbed.train_seconds, 2 * plain.train_seconds);
}

TEST(DynamicsRun, TakesLongerTheMoreOtherTrafficThereIs) {
  const auto with_load = [](const std::string& rate) {
    return seconds_with("background: [{kind: constant, from: host0, to: host1" + rate + "}]");
  };
  const double plain = seconds_with("");
  const double light = with_load(", rate: 10Mbit");
  const double heavy = with_load(", rate: 30Mbit");
  const double greedy = with_load("");
  EXPECT_LT(plain, light);
  EXPECT_LT(light, heavy);
  EXPECT_LT(heavy, greedy);
  // Half of the link is left, and the rest of a step takes what it takes.
  EXPECT_LT(greedy, 2 * plain);
}

// The link is away for 1 s: whatever waits for it waits that long, less what it had left to do.
TEST(DynamicsRun, WaitsForALinkThatIsCut) {
  const double plain = seconds_with("");
  const double cut = seconds_with("events: [{do: cut, at: 20ms, for: 1s, link: host0-switch}]");
  EXPECT_GT(cut, plain + 0.99);
  EXPECT_LT(cut, plain + 1.1);
  const double partition =
      seconds_with("events: [{do: partition, at: 20ms, for: 1s, groups: [[host0]]}]");
  EXPECT_GT(partition, plain + 0.99);
  EXPECT_LT(partition, plain + 1.1);
  EXPECT_GT(seconds_with("events: [{do: flap, every: 10ms, for: 5ms, host: host1}]"), 1.5 * plain);
}

// While it is to come, the network cannot leap over the rings (timing only, plain messages).
TEST(DynamicsRun, ChangesNothingByAnEventAfterTheEnd) {
  const auto result = [](const std::string& more) {
    MadeUpRun run(
        tiny_scenario("{bandwidth: 100Mbit, latency: 1ms, transport: fluid, hosts: [{bandwidth: "
                      "60Mbit}, {}, {latency: 4ms}, {}, {}, {bandwidth: 97Mbit}, {}]" +
                      more + "}"),
        {"fast_forward=off", "nodes.speed=[1, 2, 3, 1, 2, 3, 4]"});
    const PointRun point = make_point_run(run.plan.points[0], 0, run.data, &run.calibration, false);
    return to_result(point, run_in_virtual_time(point), "off");
  };
  EXPECT_EQ(result(""), result(", events: [{do: cut, at: 10h, host: host1}]"));
}

TEST(DynamicsRun, SaysWhenTheTrainingStandsStill) {
  try {
    run_with(
        "events: [{do: cut, at: 20ms, host: host1}], "
        "background: [{kind: poisson, from: host0, to: host1, every: 1ms, size: 1kB}]");
    FAIL() << "it went on";
  } catch (const TrainingStalled& stalled) {
    EXPECT_THAT(stalled.what(), testing::StartsWith("the training stands still at "));
    EXPECT_THAT(stalled.what(), testing::HasSubstr("rank 0 waits in step "));
  }
}

TEST(DynamicsRun, NamesTheHostThatLeavesAndWhen) {
  try {
    run_with("events: [{do: leave, at: 20ms, host: host1}]");
    FAIL() << "it went on";
  } catch (const PeerLost& lost) {
    EXPECT_STREQ(lost.what(), "rank 0 lost rank 1: the host vanished from the network at 20ms");
  }
}

TEST(DynamicsRun, FollowsATrace) {
  const auto file = std::filesystem::path(testing::TempDir()) / "gradwire-dynamics-run.trace";
  std::ofstream(file) << "0 100\n0.01 50\n";
  const std::string trace = "traces: [{cable: host0-switch, loop: true, file: " + file.string();
  const double plain = seconds_with("");
  const double followed = seconds_with(trace + "}]");
  EXPECT_GT(followed, 1.1 * plain);
  EXPECT_LT(followed, 2 * plain);
  EXPECT_EQ(seconds_with(trace + ", at: 10min}]"), plain);
  std::filesystem::remove(file);
}

TEST(DynamicsRun, DrawsTheSameAgainForTheSameSeed) {
  const std::string load =
      "background: [{kind: poisson, from: host0, to: host1, every: 2ms, size: [1kB, 50kB]}]";
  const RepeatResult first = run_with(load);
  EXPECT_EQ(run_with(load), first);
  EXPECT_NE(run_with(load, 1).train_seconds, first.train_seconds);
}

// By the direct cable, or around by the switch at a tenth of the rate.
TEST(DynamicsRun, TakesLongerByASlowerRoute) {
  const auto seconds = [](const std::string& routes) {
    const std::string network =
        "{topology: graph, latency: 1ms, bandwidth: 100Mbit, graph: {hosts: [a, b], switches: [s], "
        "links: [{from: a, to: b}, {from: a, to: s, bandwidth: 10Mbit}, {from: s, to: b}]}" +
        routes + "}";
    MadeUpRun run(tiny_scenario(network));
    const PointRun point = make_point_run(run.plan.points[0], 0, run.data, &run.calibration, false);
    return to_result(point, run_in_virtual_time(point), "off").train_seconds;
  };
  EXPECT_GT(seconds(", routes: [{from: a, to: b, via: [s]}]"), 2 * seconds(""));
}

}  // namespace
}  // namespace gradwire
