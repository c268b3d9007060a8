// Steps that are left out because they only repeat others: every figure of the result is the same
// as with all of them.
#include "sim/runners/fast_forward.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <tuple>

#include "sim/runners/virtual_run.hpp"
#include "tests/sim/runners/made_up.hpp"
#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

// An epoch of 200 steps, two of them.
std::string scenario_of(const std::string& more, const std::string& network) {
  return headed(
      "model: {hidden: [16]}\n"
      "data: {kind: digits, train: 960, test: 50}\n"
      "arithmetic: off\n"
      "training: {batch: {per_node: 8}, epochs: 2, epoch: {steps: 200}}\n" +
      more + "\nnetwork: {" + network + "}\n");
}

RepeatResult run_with(const std::string& scenario, const std::string& fast_forward) {
  MadeUpRun run(scenario, {"fast_forward=" + fast_forward});
  const PointRun point = make_point_run(run.plan.points[0], 0, run.data, &run.calibration, false);
  return to_result(point, run_in_virtual_time(point), "off");
}

// The steps left out, all else being equal.
std::int64_t left_out(const std::string& scenario) {
  RepeatResult some = run_with(scenario, "auto");
  const RepeatResult all = run_with(scenario, "off");
  EXPECT_EQ(all.steps_left_out, 0);
  const std::int64_t steps = std::exchange(some.steps_left_out, 0);
  EXPECT_EQ(some.train_seconds, all.train_seconds);
  for (std::size_t i = 0; i < all.nodes.size(); ++i) {
    const auto values = [](const NodeTimes& node) {
      return std::tuple(node.compute_seconds, node.send_seconds, node.wait_seconds,
                        node.reduce_seconds, node.bytes_sent, node.messages_sent);
    };
    EXPECT_EQ(values(some.nodes[i]), values(all.nodes[i])) << "rank " << i;
  }
  for (std::size_t i = 0; i < all.links.size(); ++i) {
    EXPECT_EQ(some.links[i].bytes, all.links[i].bytes) << all.links[i].link;
    EXPECT_EQ(some.links[i].busy_seconds, all.links[i].busy_seconds) << all.links[i].link;
  }
  EXPECT_TRUE(some == all) << scenario;
  EXPECT_EQ(some.steps_run, all.steps_run);
  return steps;
}

struct Repeating {
  std::string name;
  std::string more;
  std::string network;

  friend std::ostream& operator<<(std::ostream& out, const Repeating& which) {
    return out << which.name;
  }
};

class FastForwardOf : public testing::TestWithParam<Repeating> {};

TEST_P(FastForwardOf, IsTheSameToTheNanosecond) {
  EXPECT_GT(left_out(scenario_of(GetParam().more, GetParam().network)), 20);
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, FastForwardOf,
    testing::Values(
        Repeating{"OneNode", "strategy: {kind: single}", "nodes: 1, bandwidth: 100Mbit"},
        Repeating{"Ring", "", "nodes: 4, bandwidth: 100Mbit"},
        // The ring's ranks end their steps at different times, and no compute hides it.
        Repeating{"SkewedRing", "",
                  "nodes: 5, bandwidth: 100Mbit, transport: fluid, hosts: [{bandwidth: 60Mbit}, "
                  "{}, {bandwidth: 97Mbit}, {bandwidth: 110Mbit}, {}]"},
        Repeating{"SlowNode", "nodes: {speed: [1, 0.3, 1]}", "nodes: 3, bandwidth: 100Mbit"},
        Repeating{"SharedProcessor", "nodes: {host_cores: 2}", "nodes: 3, bandwidth: 100Mbit"},
        Repeating{"AllToAll", "strategy: {kind: all-reduce, algorithm: all-to-all}",
                  "nodes: 4, bandwidth: 100Mbit, transport: fluid"},
        Repeating{"ParameterServer", "strategy: {kind: parameter-server}",
                  "nodes: 4, bandwidth: 100Mbit"},
        Repeating{"DedicatedServer", "strategy: {kind: parameter-server, server: dedicated}",
                  "nodes: 4, bandwidth: 100Mbit, latency: 2ms, hosts: [{}, {bandwidth: 80Mbit}, "
                  "{bandwidth: 50Mbit}, {}]"},
        Repeating{"RingTopology", "", "topology: ring, nodes: 5, bandwidth: 100Mbit"},
        Repeating{"TwoTier", "",
                  "topology: two-tier, two_tier: {racks: 2, hosts: 3, oversubscription: 3}, "
                  "bandwidth: 100Mbit"},
        Repeating{"Torus", "strategy: {kind: all-reduce, algorithm: all-to-all}",
                  "topology: torus-2d, torus_2d: [2, 3], bandwidth: 100Mbit, transport: fluid"},
        // 64 KiB in flight over 40 ms: the window is the limit.
        Repeating{"SmallWindow", "",
                  "nodes: 3, bandwidth: 1Gbit, latency: 20ms, tcp: {receive_buffer: 128KiB}"},
        Repeating{"LongWay", "", "nodes: 3, bandwidth: 1Gbit, latency: 20ms"},
        // Longer than the timeout: the window begins small in each step.
        Repeating{"IdleRestart", "nodes: {step_time: 1s}",
                  "nodes: 3, bandwidth: 1Gbit, latency: 20ms"},
        Repeating{"Rdma", "", "nodes: 4, bandwidth: 10Gbit, transport: rdma"}),
    [](const auto& info) { return info.param.name; });

// Sixteen hosts of different rates, with chunks of one size (795 x 18 + 10 = 16 x 895 parameters):
// who is ahead of whom is a pattern that goes around the ring, by two hosts in a step of thirty
// messages, so that it repeats after eight steps.
TEST(FastForward, FindsAPeriodOfManySteps) {
  std::string hosts;
  for (int host = 0; host < 16; ++host) {
    hosts += (host == 0 ? "{bandwidth: " : ", {bandwidth: ") + std::to_string(90 + host * 7 % 20) +
             "Mbit}";
  }
  const std::int64_t steps = left_out(
      headed("model: {hidden: [18]}\ndata: {kind: digits, train: 960, test: 50}\n"
             "arithmetic: off\ntraining: {batch: {per_node: 8}, epoch: {steps: 100}}\n"
             "nodes: {step_time: 1ns}\nnetwork: {nodes: 16, bandwidth: 100Mbit, latency: 10ms, "
             "transport: fluid, hosts: [" +
             hosts + "]}\n"));
  EXPECT_GT(steps, 60);
  EXPECT_EQ(steps % 8, 0);
}

// 960 samples in steps of 32: the last step of an epoch of 30 is as large as the others, with 4
// samples less it is not. It is run either way.
TEST(FastForward, RunsASmallerLastStep) {
  const auto scenario = [](const char* samples) {
    return headed(std::string("model: {hidden: [16]}\ndata: {kind: digits, train: ") + samples +
                  ", test: 50}\narithmetic: off\ntraining: {batch: {per_node: 8}, epochs: 3}\n"
                  "network: {nodes: 4, bandwidth: 100Mbit}\n");
  };
  EXPECT_GT(left_out(scenario("960")), 45);
  EXPECT_GT(left_out(scenario("956")), 45);
}

// Epochs of 30 steps, or of 29 and a smaller one; rank 0 collects the weights between them.
TEST(FastForward, LeavesOutStepsByFeatures) {
  for (const char* samples : {"960", "956"}) {
    EXPECT_GT(left_out(headed(std::string("model: {hidden: [16]}\ndata: {kind: digits, train: ") +
                              samples +
                              ", test: 50, partition: {kind: features}}\narithmetic: off\n"
                              "training: {batch: {global: 32}, epochs: 3}\n"
                              "network: {nodes: 4, bandwidth: 100Mbit}\n")),
              45);
  }
}

TEST(FastForward, LeavesNothingOutWhereTheFutureDependsOnMore) {
  for (const char* network :
       {"nodes: 3, bandwidth: 100Mbit, jitter: 1ms",
        "nodes: 3, bandwidth: 100Mbit, latency: 10ms, loss: 1%",
        "nodes: 3, bandwidth: 100Mbit, burst: 16kB",
        "nodes: 3, bandwidth: 100Mbit, events: [{do: set, at: 120ms, host: host0, bandwidth: "
        "30Mbit}]",
        "nodes: 3, bandwidth: 100Mbit, events: [{do: flap, every: 10ms, for: 5ms, host: host1}]",
        "nodes: 3, bandwidth: 100Mbit, background: [{kind: constant, from: host0, to: host1}]",
        "nodes: 3, bandwidth: 100Mbit, background: [{kind: poisson, from: host0, to: host1, "
        "every: 5ms, size: 10kB}]"}) {
    EXPECT_EQ(left_out(scenario_of("", network)), 0) << network;
  }
}

// Sums of segments wait for each other on their node's processor.
TEST(FastForward, LeavesNothingOutWithSegments) {
  EXPECT_EQ(left_out(scenario_of("strategy: {segment: 1kB}", "nodes: 3, bandwidth: 100Mbit")), 0);
}

TEST(FastForward, IsNotForArithmetic) {
  MadeUpRun run(tiny_scenario());
  const PointRun point = make_point_run(run.plan.points[0], 0, run.data, &run.calibration, true);
  EXPECT_EQ(to_result(point, run_in_virtual_time(point), "full").steps_left_out, 0);
}

// A million steps are not run one by one.
TEST(FastForward, ReachesTheEndOfAMillionSteps) {
  MadeUpRun run(scenario_of("", "nodes: 2, bandwidth: 100Mbit"), {"training.epoch.steps=500000"});
  const PointRun point = make_point_run(run.plan.points[0], 0, run.data, &run.calibration, false);
  const RepeatResult result = to_result(point, run_in_virtual_time(point), "off");
  EXPECT_EQ(result.steps_run, 1'000'000);
  EXPECT_GT(result.steps_left_out, 999'900);
}

}  // namespace
}  // namespace gradwire
