#include <gmock/gmock.h>

#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kSwept =
    "gradwire: 1\n"
    "name: swept\n"
    "network: {nodes: 8, latency: 1ms}\n"
    "strategy: {kind: all-reduce, algorithm: ring}\n"
    "training: {batch: {per_node: 16}}\n"
    "sweep:\n"
    "  network.nodes: [1, 2]\n"
    "  network.bandwidth: [10000kbit, 1Gbps, 0.5Gbit]\n";

TEST(ScenarioSweep, TheLastAxisVariesFastestAndTextsAreCanonical) {
  const Plan plan = load(kSwept);
  EXPECT_EQ(swept_values(plan), "1 10Mbit | 1 1Gbit | 1 500Mbit | 2 10Mbit | 2 1Gbit | 2 500Mbit");
  ASSERT_EQ(plan.axes.size(), 2U);
  EXPECT_EQ(plan.axes[0].key, "network.nodes");
  EXPECT_THAT(plan.axes[0].values, ElementsAre("1", "2"));
  EXPECT_EQ(plan.axes[1].key, "network.bandwidth");
  EXPECT_THAT(plan.axes[1].values, ElementsAre("10Mbit", "1Gbit", "500Mbit"));
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    EXPECT_EQ(plan.points[i].index, static_cast<int>(i));
  }
  EXPECT_EQ(plan.points[4].swept[1].first, "network.bandwidth");
  EXPECT_EQ(plan.points[4].scenario.network.nodes, 2);
  EXPECT_EQ(plan.points[4].scenario.network.host.bandwidth, BitsPerSecond{1'000'000'000});
  EXPECT_EQ(plan.points[4].scenario.network.host.latency, std::chrono::milliseconds(1));
}

TEST(ScenarioSweep, ListsCanBeSwept) {
  const Plan plan =
      load(shortest_with("sweep:\n"
                         "  model.hidden: [[512,256], [64], []]\n"
                         "  nodes.speed: [1.0, [1, 0.50]]\n"));
  EXPECT_EQ(swept_values(plan),
            "[512, 256] 1 | [512, 256] [1, 0.5] | [64] 1 | [64] [1, 0.5] | [] 1 | [] [1, 0.5]");
  EXPECT_THAT(plan.points[2].scenario.model.hidden, ElementsAre(64));
  EXPECT_EQ(plan.points[3].scenario.nodes.speed_of(1), 0.5);
}

TEST(ScenarioSweep, BothMeaningsOfAnEpochCanBeSwept) {
  const Plan plan = load(shortest_with("sweep: {training.epoch: [pass, {steps: 100}]}\n"));
  EXPECT_EQ(swept_values(plan), "pass | {steps: 100}");
  EXPECT_TRUE(std::holds_alternative<Scenario::Pass>(plan.points[0].scenario.training.epoch));
  EXPECT_EQ(std::get<Scenario::Steps>(plan.points[1].scenario.training.epoch).count, 100);
}

TEST(ScenarioSweep, AnAxisReplacesTheOtherAlternativeOfTheFile) {
  const Plan plan = load(std::string(kSwept) + "  training.batch.global: [64]\n");
  EXPECT_EQ(std::get<Scenario::GlobalBatch>(plan.points[0].scenario.training.batch).samples, 64);
}

TEST(ScenarioSweep, AKeyOfOneStrategyIsIgnoredAtThePointsOfAnother) {
  const Plan plan = load(std::string(kSwept) + "  strategy.kind: [all-reduce, parameter-server]\n");
  EXPECT_TRUE(std::holds_alternative<Scenario::AllReduce>(plan.points[0].scenario.strategy));
  EXPECT_TRUE(std::holds_alternative<Scenario::ParameterServer>(plan.points[1].scenario.strategy));
}

TEST(ScenarioOverride, APlainValueRemovesTheAxis) {
  EXPECT_EQ(swept_values(load(kSwept, {"network.nodes=3"})), "10Mbit | 1Gbit | 500Mbit");
  EXPECT_EQ(load(kSwept, {"network.nodes=3"}).points[0].scenario.network.nodes, 3);
}

TEST(ScenarioOverride, AnAxisIsReplacedInPlaceOrAdded) {
  EXPECT_EQ(swept_values(load(kSwept, {"sweep.network.nodes=[4]"})),
            "4 10Mbit | 4 1Gbit | 4 500Mbit");
  EXPECT_EQ(
      swept_values(load(kSwept, {"network.bandwidth=1Gbit", "sweep.network.loss=[0%, 0.10%]"})),
      "1 0% | 1 0.1% | 2 0% | 2 0.1%");
}

TEST(ScenarioOverride, TheWholeSweepIsReplacedOrRemoved) {
  EXPECT_EQ(swept_values(load(kSwept, {"sweep={network.bandwidth: [1Mbit, 2Mbit]}"})),
            "1Mbit | 2Mbit");
  const Plan plan = load(kSwept, {"sweep={}", "network.bandwidth=1Mbit"});
  EXPECT_THAT(plan.axes, IsEmpty());
  EXPECT_EQ(plan.points.size(), 1U);
  EXPECT_EQ(plan.points[0].scenario.network.nodes, 8);
}

TEST(ScenarioOverride, TheLaterOneWins) {
  EXPECT_EQ(load_shortest({"network.nodes=3", "network.nodes=4"}).points[0].scenario.network.nodes,
            4);
}

TEST(ScenarioOverride, OneAlternativeRemovesTheOther) {
  const auto batch_of = [](const Plan& plan) { return plan.points[0].scenario.training.batch; };
  EXPECT_EQ(
      std::get<Scenario::GlobalBatch>(batch_of(load(kSwept, {"training.batch.global=64"}))).samples,
      64);
  EXPECT_EQ(std::get<Scenario::GlobalBatch>(batch_of(load(kSwept, {"training.batch={global: 64}"})))
                .samples,
            64);
  const std::string steps = shortest_with("training: {epoch: {steps: 5}}\nmeasure: all\n");
  EXPECT_TRUE(std::holds_alternative<Scenario::Pass>(
      load(steps, {"training.epoch=pass"}).points[0].scenario.training.epoch));
  const Scenario measured = load(steps, {"measure.steps=3"}).points[0].scenario;
  EXPECT_EQ(std::get<Scenario::MeasureSteps>(measured.measure).steps, 3);
  EXPECT_EQ(std::get<Scenario::MeasureSteps>(measured.measure).warmup, 2);
  EXPECT_TRUE(std::holds_alternative<Scenario::MeasureAll>(
      load_shortest({"measure.steps=3", "measure=all"}).points[0].scenario.measure));
}

TEST(ScenarioOverride, OneAlternativeRemovesTheAxisOfTheOther) {
  const std::string text = shortest_with("sweep: {training.batch.per_node: [16, 32]}\n");
  EXPECT_EQ(load(text, {"training.batch.global=64"}).points.size(), 1U);
  EXPECT_EQ(swept_values(load(text, {"sweep.training.batch.global=[64, 128]"})), "64 | 128");
}

TEST(ScenarioOverride, DropsWhatTheFileSaysForAnotherChoice) {
  const std::string swept = std::string(kSwept) + "  strategy.algorithm: [ring, all-to-all]\n";
  const Plan plan = load(swept, {"strategy.kind=parameter-server"});
  EXPECT_THAT(plan.resolved_yaml, Not(HasSubstr("algorithm")));
  EXPECT_EQ(plan.points.size(), 6U);
  EXPECT_EQ(error_of(kSwept, {"strategy.kind=parameter-server", "strategy.algorithm=ring"}),
            "--set strategy.algorithm: has no meaning with strategy.kind parameter-server; "
            "allowed: only with strategy.kind all-reduce");
}

}  // namespace
}  // namespace gradwire
