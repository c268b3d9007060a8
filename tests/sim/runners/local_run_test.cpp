// Real sockets, threads and time; nothing here asks how long anything took.
#include "sim/runners/local_run.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/sim/runners/made_up.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

SweepOptions in_mode(Mode mode) {
  SweepOptions options;
  options.mode = mode;
  return options;
}

// Over every strategy, and an odd and an even number of nodes.
TEST(LocalRun, TrainsToTheWeightsOfVirtualTime) {
  const std::string network = "{nodes: 2, bandwidth: 1Gbit, latency: 20us}";
  const std::string all =
      tiny_scenario(network) + "measure: all\nsweep:\n  network.nodes: [2, 3]\n";
  for (const char* strategy : {"strategy={kind: all-reduce, algorithm: ring}",
                               "strategy={kind: all-reduce, algorithm: all-to-all}",
                               "strategy={kind: parameter-server, server: shared}",
                               "strategy={kind: parameter-server, server: dedicated}"}) {
    MadeUpRun run(all, {strategy});
    const auto expected = run.run(in_mode(Mode::virtual_time));
    const auto real = run.run(in_mode(Mode::local));
    ASSERT_EQ(real.size(), 2U);
    for (std::size_t i = 0; i < real.size(); ++i) {
      EXPECT_EQ(real[i].weights_sha256, expected[i].weights_sha256) << strategy;
      EXPECT_EQ(real[i].weights_sha256.size(), 64U);
      EXPECT_EQ(real[i].accuracy, expected[i].accuracy);
      EXPECT_EQ(real[i].loss, expected[i].loss);
      EXPECT_EQ(real[i].steps_run, expected[i].steps_run);
      EXPECT_FALSE(real[i].extrapolated);
      EXPECT_EQ(real[i].arithmetic, "full");
      EXPECT_EQ(real[i].epoch_results.size(), 2U);
      // The same messages in both worlds.
      EXPECT_EQ(real[i].bytes_sent, expected[i].bytes_sent);
      for (std::size_t rank = 0; rank < real[i].nodes.size(); ++rank) {
        EXPECT_EQ(real[i].nodes[rank].bytes_sent, expected[i].nodes[rank].bytes_sent);
      }
      ASSERT_EQ(real[i].links.size(), expected[i].links.size());
      for (std::size_t link = 0; link < real[i].links.size(); ++link) {
        EXPECT_EQ(real[i].links[link].link, expected[i].links[link].link);
        EXPECT_GT(real[i].links[link].bytes, 0);
      }
    }
  }
}

// Every node has a hash of its own; the result has one of all of them.
TEST(LocalRun, ByFeaturesTrainsToTheWeightsOfVirtualTime) {
  for (const char* measure : {"measure=all", "measure={warmup: 2, steps: 3}"}) {
    MadeUpRun run(tiny_scenario("{nodes: 3, bandwidth: 1Gbit, latency: 20us}"),
                  {"data.partition.kind=features", measure});
    const RepeatResult expected = run.run(in_mode(Mode::virtual_time))[0];
    const RepeatResult real = run.run(in_mode(Mode::local))[0];
    const std::vector<WeightHash> noted = expected.weight_hashes;
    EXPECT_TRUE(std::ranges::find(noted, real.weight_hashes.back()) != noted.end()) << measure;
    EXPECT_EQ(real.weights_sha256, real.weight_hashes.back().sha256);
    if (real.extrapolated) continue;
    EXPECT_EQ(real.weights_sha256, expected.weights_sha256);
    EXPECT_EQ(real.accuracy, expected.accuracy);
    EXPECT_EQ(real.loss, expected.loss);
    EXPECT_EQ(real.bytes_sent, expected.bytes_sent);
  }
}

TEST(LocalRun, TrainsACaptionerToTheWeightsOfVirtualTime) {
  MadeUpRun run(tiny_scenario("{nodes: 3, bandwidth: 1Gbit, latency: 20us}"),
                {"model={kind: captioner, width: 8}", "data={kind: scenes, train: 4, test: 2}",
                 "training.epoch={steps: 6}", "measure=all"});
  const RepeatResult expected = run.run(in_mode(Mode::virtual_time))[0];
  const RepeatResult real = run.run(in_mode(Mode::local))[0];
  EXPECT_EQ(real.weights_sha256.size(), 64U);
  EXPECT_EQ(real.weights_sha256, expected.weights_sha256);
  EXPECT_EQ(real.accuracy, expected.accuracy);
  EXPECT_EQ(real.loss, expected.loss);
}

TEST(LocalRun, RunsOneNodeAlone) {
  MadeUpRun run(tiny_scenario("{nodes: 1, bandwidth: 1Gbit}"),
                {"strategy={kind: single}", "measure=all"});
  const auto expected = run.run(in_mode(Mode::virtual_time));
  const auto real = run.run(in_mode(Mode::local));
  EXPECT_EQ(real[0].weights_sha256, expected[0].weights_sha256);
  EXPECT_EQ(real[0].bytes_sent, 0);
}

// Of 100 steps, two of warm-up and at most six more are run, over the end of the first epochs; the
// weights by then are those that virtual time noted after the same step.
TEST(LocalRun, MeasuresSomeStepsAndExtrapolates) {
  MadeUpRun run(tiny_scenario("{nodes: 3, bandwidth: 1Gbit, latency: 20us}"),
                {"training.epoch.steps=4", "training.epochs=25",
                 "measure={warmup: 2, steps: 6, at_most: 1min}"});
  const RepeatResult expected = run.run(in_mode(Mode::virtual_time))[0];
  const RepeatResult real = run.run(in_mode(Mode::local))[0];
  EXPECT_TRUE(real.extrapolated);
  EXPECT_EQ(real.steps_total, 100);
  EXPECT_GE(real.steps_run, 7);  // an early stop needs five steps after the warm-up
  EXPECT_LE(real.steps_run, 8);
  EXPECT_GT(real.seconds_per_step, 0.0);
  EXPECT_DOUBLE_EQ(real.train_seconds, 100 * real.seconds_per_step);
  EXPECT_EQ(real.epoch_results.size(), 25U);
  EXPECT_EQ(real.bytes_sent, expected.bytes_sent);
  EXPECT_FALSE(real.accuracy);
  const auto noted =
      std::find_if(expected.weight_hashes.begin(), expected.weight_hashes.end(),
                   [&](const WeightHash& hash) { return hash.step == real.steps_run; });
  ASSERT_NE(noted, expected.weight_hashes.end());
  EXPECT_EQ(real.weights_sha256, noted->sha256);
  EXPECT_THAT(real.weight_hashes, ElementsAre(*noted));
}

TEST(LocalRun, GoesOnWhereItStopped) {
  MadeUpRun run(tiny_scenario("{nodes: 2, bandwidth: 1Gbit}") + "repeats: 2\n");
  RepeatResult known = example_result(0, 0);
  run.store(Mode::local).add(known);
  std::vector<int> started;
  SweepOptions options = in_mode(Mode::local);
  options.started = [&](int, int repeat) { started.push_back(repeat); };
  EXPECT_EQ(run.run(options).size(), 2U);
  EXPECT_THAT(started, ElementsAre(1));
}

}  // namespace
}  // namespace gradwire
