#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

TEST(ResolvedYaml, WritesEveryDefaultInTheOrderOfTheTable) {
  EXPECT_EQ(load(headed("about: 'Yes: quoted'\n"
                        "sweep: {network.bandwidth: [1000kbit, 1Gbit]}\n"
                        "network: {nodes: 2, jitter: 0.5ms}\n"))
                .resolved_yaml,
            "gradwire: 1\n"
            "name: test\n"
            "about: \"Yes: quoted\"\n"
            "model:\n"
            "  kind: mlp\n"
            "  hidden: [512, 256]\n"
            "  activation: relu\n"
            "  loss: cross-entropy\n"
            "  init: kaiming-normal\n"
            "data:\n"
            "  kind: digits\n"
            "  train: 60000\n"
            "  test: 10000\n"
            "  partition:\n"
            "    kind: shuffle\n"
            "    shares: 1\n"
            "    draw: each-pass\n"
            "training:\n"
            "  batch:\n"
            "    per_node: 32\n"
            "  epoch: pass\n"
            "  epochs: 1\n"
            "  optimizer:\n"
            "    kind: sgd\n"
            "    rate: 0.05\n"
            "    momentum: 0\n"
            "    weight_decay: 0\n"
            "    schedule:\n"
            "      kind: constant\n"
            "      warm_up: 0\n"
            "  seed: 1\n"
            "  weights: dropped\n"
            "strategy:\n"
            "  kind: all-reduce\n"
            "  algorithm: ring\n"
            "network:\n"
            "  topology: star\n"
            "  nodes: 2\n"
            "  latency: 100us\n"
            "  jitter: 500us\n"
            "  jitter_distribution: uniform\n"
            "  loss: 0%\n"
            "  routing: hops\n"
            "  burst: 0B\n"
            "  switching: cut-through\n"
            "  transport: tcp\n"
            "  software:\n"
            "    per_message: 0ns\n"
            "    per_megabyte: 0ns\n"
            "  tcp:\n"
            "    congestion: cubic\n"
            "    loss: drawn\n"
            "    initial_window: 10\n"
            "    send_buffer: 4MiB\n"
            "    receive_buffer: 6MiB\n"
            "    streams: 1\n"
            "    timeout_min: 200ms\n"
            "    slow_start: \"on\"\n"
            "    hystart: \"on\"\n"
            "    idle_restart: \"on\"\n"
            "    tail_loss_probe: \"on\"\n"
            "    rack: \"on\"\n"
            "    window_limit: \"on\"\n"
            "    acknowledgements: \"on\"\n"
            "    handshake: \"off\"\n"
            "nodes:\n"
            "  cores: 1\n"
            "  speed: 1\n"
            "arithmetic: auto\n"
            "fast_forward: auto\n"
            "measure:\n"
            "  warmup: 2\n"
            "  steps: 10\n"
            "  at_most: 15s\n"
            "repeats: 1\n"
            "sweep:\n"
            "  network.bandwidth: [1Mbit, 1Gbit]\n");
}

// Overrides of which every subset, in every order, makes a scenario that can be loaded.
constexpr std::array kOverrides = {
    "about=no",
    "about=a 'quoted' \"text\" #1",
    "model.hidden=[]",
    "sweep.model.hidden=[[8], [8, 4], []]",
    "sweep.model.loss=[mse, cross-entropy]",
    "data.train=500",
    "sweep.data.test=[10, 20]",
    "training.batch.global=256",
    "sweep.training.batch.global=[64, 128]",
    "sweep.training.batch.per_node=[1, 2]",
    "training.epoch.steps=7",
    "training.epoch=pass",
    "sweep.training.epoch=[pass, {steps: 3}]",
    "training.optimizer.rate=1e-7",
    "sweep.training.optimizer.kind=[sgd, adam]",
    "sweep.training.optimizer.schedule.kind=[cosine, step]",
    "sweep.training.optimizer.momentum=[0, 0.9, 0.30000000000000004]",
    "sweep.strategy.kind=[all-reduce, parameter-server]",
    "strategy.kind=parameter-server",
    "network.nodes=3",
    "sweep.network.nodes=[2, 3]",
    "network.bandwidth=1234567bit",
    "sweep.network.latency=[1ns, 1.5ms, 1min]",
    "network.loss=0.3%",
    "sweep.network.loss=[0.0001%, 33.3%]",
    "nodes.step_time=12345ns",
    "nodes.flops=1234567flops",
    "sweep.nodes.flops=[1Tflops, 1.5Gflops]",
    "nodes.host_cores=2",
    "nodes.cpus=[0, 1]",
    "sweep.nodes.shares=[512, 2048]",
    "nodes.memory=1GiB",
    "command=[python3, train.py, --rate, 0.1, '']",
    "arithmetic=off",
    "measure=all",
    "measure.at_most=1h",
    "sweep.measure=[all, {steps: 4}]",
    "repeats=3",
};

TEST(ResolvedYaml, IsAScenarioThatMeansTheSame) {
  EXPECT_TRUE(rc::check([] {
    const auto chosen = *rc::gen::container<std::vector<std::string>>(
        rc::gen::map(rc::gen::inRange<std::size_t>(0, kOverrides.size()),
                     [](std::size_t i) { return std::string(kOverrides.at(i)); }));
    const Plan plan = load_shortest(chosen);
    const Plan again = load(plan.resolved_yaml);
    RC_ASSERT(again.resolved_yaml == plan.resolved_yaml);
    RC_ASSERT(swept_values(again) == swept_values(plan));
    RC_ASSERT(again.about == plan.about);
    RC_ASSERT(again.repeats == plan.repeats);
  }));
}

TEST(ResolvedYaml, ListsOfLayersMeanTheSame) {
  const Plan plan = load(shortest_with(
      "model: {kind: layers, layers: [{conv: 4, kernel: 5, padding: 0}, relu, {avg-pool: 3, "
      "padding: 1}, {residual: [{conv: 4, keep: 0.3}, {dropout: 0.1}]}, flatten, {dense: 7}]}\n"));
  const Plan again = load(plan.resolved_yaml);
  EXPECT_EQ(again.resolved_yaml, plan.resolved_yaml);
  EXPECT_EQ(again.points[0].scenario.model.layers, plan.points[0].scenario.model.layers);
}

// A base value that no point uses must not show in the text, nor hide a default.
TEST(ResolvedYaml, LeavesOutWhatTheSweepReplacesEverywhere) {
  const std::string sweep = "sweep: {measure: [all, {steps: 4}]}\n";
  EXPECT_EQ(load(shortest_with("measure: all\n" + sweep)).resolved_yaml,
            load(shortest_with(sweep)).resolved_yaml);
}

// The file is what strangers hand in: whatever it holds, it is loaded or refused.
TEST(HostileScenario, IsLoadedOrRefusedAfterRandomDamage) {
  const char* source = std::getenv("GRADWIRE_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  std::ifstream file(std::filesystem::path(source) / "scenarios" / "vnx-mlp.yaml");
  std::stringstream buffer;
  buffer << file.rdbuf();
  const std::string original = buffer.str();
  ASSERT_GT(original.size(), 500U);

  constexpr std::string_view kPieces = "{}[]:,-#&*!|>'\"%@`\t\n 019.aZ~?\x01\x7f\xc3\xff";
  std::mt19937_64 engine(20'261'121);
  int refused = 0;
  constexpr int kRounds = 1'500;
  for (int round = 0; round < kRounds; ++round) {
    std::string text = original;
    const std::size_t changes = 1 + engine() % 8;
    for (std::size_t i = 0; i < changes; ++i) {
      const std::size_t at = engine() % text.size();
      const std::size_t length = std::min<std::size_t>(engine() % 12, text.size() - at);
      const std::size_t from = engine() % (original.size() - 12);
      const std::string piece = engine() % 2 == 0
                                    ? std::string(1, kPieces[engine() % kPieces.size()])
                                    : original.substr(from, engine() % 12);
      text.replace(at, length, piece);
    }
    refused += error_of(text) != "no error" ? 1 : 0;
  }
  // Some damage falls into comments; most does not.
  EXPECT_GT(refused, kRounds / 4);
  EXPECT_LT(refused, kRounds);
}

}  // namespace
}  // namespace gradwire
