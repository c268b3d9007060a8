// A scenario in the trainer's and the network's terms.
#include "sim/runners/point_run.hpp"

#include <gmock/gmock.h>

#include "tests/sim/runners/made_up.hpp"
#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

PointRun made(const std::vector<std::string>& overrides, int repeat = 0) {
  MadeUpRun run(tiny_scenario(), overrides);
  return make_point_run(run.plan.points[0], repeat, run.data, &run.calibration, false);
}

TEST(PointRun, GivesEachCableHalfOfTheWay) {
  const PointRun run = made({"network.latency=300us", "network.jitter=40us", "network.loss=1%",
                             "network.bandwidth=25Mbit", "network.nodes=3"});
  EXPECT_EQ(run.topology->hosts(), 3);
  ASSERT_EQ(run.topology->links().size(), 6U);
  for (const Link& link : run.topology->links()) {
    EXPECT_EQ(link.rate, BitsPerSecond{25'000'000});
    EXPECT_EQ(link.latency, 150us);
    EXPECT_EQ(link.jitter, 20us);
  }
  const Route route = run.topology->route(0, 2);
  EXPECT_EQ(latency_of(*run.topology, route), 300us);
  EXPECT_EQ(jitter_of(*run.topology, route), 40us);
  EXPECT_NEAR(loss_of(*run.topology, route), 0.01, 1e-12);
}

// Two hosts with 1 Gbit/s and 200 us, one with its own; the way between two of them is half of each
// one's latency.
TEST(PointRun, GivesListedHostsTheirOwnCables) {
  const PointRun run = made({"network.bandwidth=1Gbit", "network.latency=200us", "network.nodes=3",
                             "network.hosts=[{}, {}, {bandwidth: 10Mbit, latency: 5ms}]"});
  const Route route = run.topology->route(0, 2);
  ASSERT_EQ(route.size(), 2U);
  EXPECT_EQ(run.topology->links()[route[0]].rate, BitsPerSecond{1'000'000'000});
  EXPECT_EQ(run.topology->links()[route[1]].rate, BitsPerSecond{10'000'000});
  EXPECT_EQ(latency_of(*run.topology, route), 2'600us);
}

TEST(PointRun, SharesBatchesAmongTheNodesThatTrain) {
  const SamplePlan ring = made({"network.nodes=4"}).training.samples;
  EXPECT_EQ(ring.samples, 96);
  EXPECT_EQ(ring.training_nodes, 4);
  EXPECT_EQ(ring.global_batch, 32);  // 4 nodes x 8
  EXPECT_EQ(ring.steps(), 6);        // 2 epochs x 96 / 32
  const SamplePlan server =
      made({"network.nodes=4", "strategy={kind: parameter-server, server: dedicated}"})
          .training.samples;
  EXPECT_EQ(server.training_nodes, 3);
  EXPECT_EQ(server.global_batch, 24);
  const SamplePlan global = made({"network.nodes=3", "training.batch.global=50"}).training.samples;
  EXPECT_EQ(global.global_batch, 50);
  EXPECT_EQ(global.steps_per_epoch(), 2);  // of 50 and 46 samples
}

// Every node takes the whole batch, and some of 784 features: 262, 261 and 261.
TEST(PointRun, ByFeaturesSharesNoBatches) {
  MadeUpRun run(tiny_scenario(), {"network.nodes=3", "data.partition.kind=features"});
  const PointRun point = make_point_run(run.plan.points[0], 0, run.data, &run.calibration, false);
  EXPECT_EQ(point.training.samples.global_batch, 8);
  EXPECT_EQ(point.training.samples.training_nodes, 3);
  EXPECT_EQ(point.training.model.input.features(), 784);
  const Scenario& scenario = run.plan.points[0].scenario;
  const CostNeed need = cost_need(scenario, run.data.shape(scenario.data));
  EXPECT_EQ(need.model.input.features(), 262);
  EXPECT_EQ(need.rows, (std::set<int>{1, 8}));
  EXPECT_EQ(made({"network.nodes=3", "data.partition.kind=features", "training.batch.global=20"})
                .training.samples.global_batch,
            20);
}

TEST(PointRun, RefusesFeaturesOfAModelThatCannotBeSplit) {
  for (const auto& [overrides, message] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"network.nodes=785"}, "--set data.partition.kind: 784 features for 785 nodes"},
           {{"model={kind: edge-popup-conv}"},
            "--set data.partition.kind: features of a model that begins with {conv: 20"},
           {{"model={kind: captioner}", "data.kind=scenes"},
            "--set data.partition.kind: features of a model that begins with {merge: "},
           {{"model={kind: edge-popup-mlp}"},
            "--set data.partition.kind: features of a model that begins with {dense: "}}) {
    std::vector<std::string> all = overrides;
    all.emplace_back("data.partition.kind=features");
    EXPECT_THAT([&] { MadeUpRun(tiny_scenario(), all); },
                testing::ThrowsMessage<ScenarioError>(testing::HasSubstr(message)));
  }
}

TEST(PointRun, TakesNoMoreThanAllSamplesInAStepOfAPass) {
  EXPECT_EQ(made({"training.batch.per_node=1000"}).training.samples.global_batch, 96);
  const SamplePlan fixed =
      made({"training.batch.per_node=1000", "training.epoch.steps=5"}).training.samples;
  EXPECT_EQ(fixed.global_batch, 2000);  // steps that are counted go on into the next pass
  EXPECT_EQ(fixed.steps(), 10);
}

// Digits of 784: 784 x 100 + 100 + 100 x 10 + 10 = 79 510 parameters; two layers of 90 and 90 or 91
// have 784 x 90 + 90 + 90 x 91 + 91 + 91 x 10 + 10 = 79 851, within 1 %.
TEST(PointRun, SpreadsParametersOverAnotherDepth) {
  const ModelSpec flat = made({"model.hidden=[100]"}).training.model;
  const ModelSpec deep = made({"model.hidden=[100]", "model.depth=2"}).training.model;
  ASSERT_EQ(deep.layers.size(), 5U);  // two dense layers, each with its activation, and the output
  EXPECT_EQ(parameter_count(flat), 79'510);
  EXPECT_NEAR(static_cast<double>(parameter_count(deep)), 79'510, 795);
  EXPECT_EQ(made({"model.hidden=[100]", "model.depth=1"}).training.model, flat);
}

TEST(PointRun, NamesTheStrategy) {
  EXPECT_EQ(made({}).training.strategy, StrategySpec(AllReduce{AllReduce::Algorithm::ring}));
  EXPECT_EQ(made({"strategy.segment=1MiB"}).training.strategy,
            StrategySpec(AllReduce{AllReduce::Algorithm::ring, Segmentation{{1 << 20}, 4}}));
  EXPECT_EQ(made({"strategy={segment: 64KiB, in_flight: 2}"}).training.strategy,
            StrategySpec(AllReduce{AllReduce::Algorithm::ring, Segmentation{{1 << 16}, 2}}));
  EXPECT_EQ(made({"strategy.algorithm=all-to-all"}).training.strategy,
            StrategySpec(AllReduce{AllReduce::Algorithm::all_to_all}));
  EXPECT_EQ(made({"strategy={kind: parameter-server}"}).training.strategy,
            StrategySpec(ParameterServer{false}));
  EXPECT_EQ(made({"strategy={kind: parameter-server, server: dedicated}"}).training.strategy,
            StrategySpec(ParameterServer{true}));
  EXPECT_EQ(made({"strategy={kind: single}", "network.nodes=1"}).training.strategy,
            StrategySpec(SingleNode{}));
}

TEST(PointRun, HasTheModelThatFitsTheData) {
  const TrainingPlan training = made({"model.hidden=[7, 5]", "model.loss=mse",
                                      "training.optimizer={rate: 0.25, momentum: 0.5}"})
                                    .training;
  EXPECT_EQ(signature(training.model), "mlp 784-7-5-10 relu mse");
  EXPECT_EQ(training.model.loss, LossKind::mean_squared_error);
  EXPECT_EQ(training.optimizer.rate, 0.25);
  EXPECT_EQ(training.optimizer.momentum, 0.5);
}

TEST(PointRun, CountsSeedsUpFromThatOfRepeatZero) {
  EXPECT_EQ(made({"training.seed=40"}, 0).training.seed, 40U);
  EXPECT_EQ(made({"training.seed=40"}, 3).training.seed, 43U);
}

TEST(PointRun, MeasuresAsTheScenarioSays) {
  const auto measure = made({"measure={warmup: 3, steps: 7, at_most: 2min}"}).measure.value();
  EXPECT_EQ(measure.warmup, 3);
  EXPECT_EQ(measure.steps, 7);
  EXPECT_EQ(measure.at_most, 2min);
  EXPECT_FALSE(made({"measure=all"}).measure);
}

TEST(Costs, ComeFromTheCalibration) {
  const Costs costs = made({}).training.costs.value();  // 10 us a row, made up
  EXPECT_EQ(costs.gradients.of(8), 80us);
  EXPECT_EQ(costs.gradients.of(3), 30us);
  EXPECT_EQ(costs.update, 50us);
  EXPECT_EQ(costs.reduce, BitsPerSecond{80'000'000'000});
}

// A full step has ceil(50 / 3) = 17 rows on its largest node.
TEST(Costs, AreNeededForOneRowAndForAFullStep) {
  const Plan plan = load(tiny_scenario(), {"network.nodes=3", "training.batch.global=50"});
  DataSource data;
  const CostNeed need = cost_needs(plan, data).at(0);
  EXPECT_THAT(need.rows, ElementsAre(1, 17));
  EXPECT_EQ(signature(need.model), "mlp 784-16-10 relu cross-entropy");
}

TEST(Costs, OfAGivenTimeAreThatOfTheWholeStep) {
  const Costs costs = made({"nodes.step_time=10ms"}).training.costs.value();
  EXPECT_EQ(costs.gradients.of(8), 10ms);
  EXPECT_EQ(costs.gradients.of(4), 5ms);  // half of a batch, half of the time
  EXPECT_EQ(costs.update, 0ms);
}

// A linear model of 784 x 10: 2 x 7840 operations forward and as many for the gradient of the
// weights; 8 rows: 250 880. At 1 Gflop/s that is 250.88 us.
TEST(Costs, OfAComputingRateFollowFromTheModel) {
  const Costs costs = made({"nodes.flops=1Gflops", "model.hidden=[]"}).training.costs.value();
  EXPECT_EQ(costs.gradients.of(8), 250'880ns);
  EXPECT_EQ(costs.update, 0ns);
}

TEST(Costs, AreNotThereWhereTheMachineIsReal) {
  MadeUpRun run(tiny_scenario());
  const PointRun real = make_point_run(run.plan.points[0], 0, run.data, nullptr, true);
  EXPECT_FALSE(real.training.costs);
  ASSERT_TRUE(real.training.data);
  EXPECT_EQ(real.training.data->train.size(), 96);
}

// 100 samples in steps of 32: three steps of 3 ms and one of 4 rows, an eighth of that.
TEST(PointRun, OfAProfileIsTimedOnly) {
  const RepeatResult result =
      run_once(tiny_scenario("{nodes: 1, bandwidth: 100Mbit}"),
               {"data.kind=none", "data.train=100", "training.batch.per_node=32",
                "training.epochs=1", "model.kind=profile",
                "model.table=[{name: a, parameters: 5, forward: 1ms, backward: 2ms}]"});
  EXPECT_EQ(result.arithmetic, "off");
  EXPECT_EQ(result.steps_run, 4);
  EXPECT_DOUBLE_EQ(result.train_seconds, 0.009375);
  EXPECT_FALSE(result.loss);
  EXPECT_EQ(result.weights_sha256, "");
}

// 2 x 1e6 x (1 + 2) operations of each of 8 rows.
TEST(PointRun, CostsTheOperationsOfAProfile) {
  const PointRun run = made({"data.kind=none", "model.kind=profile", "nodes.flops=1Gflops",
                             "model.table=[{name: a, parameters: 5, flops: 2e6}]"});
  EXPECT_EQ(run.training.costs->gradients.of(8), 48ms);
  EXPECT_EQ(run.training.bucket, Bytes{25 << 20});
}

TEST(PointRun, OfADeviceCitesItsFigures) {
  MadeUpRun run(tiny_scenario(), {"nodes.device=raspberry-pi-4"});
  const std::string calibration =
      describe_run(run.plan, Mode::virtual_time, run.calibration, cost_needs(run.plan, run.data))
          .calibration;
  EXPECT_THAT(calibration, testing::HasSubstr("\"measured_by_us\": false"));
  EXPECT_THAT(calibration, testing::HasSubstr("Raspberry Pi Beginner's Guide"));
}

}  // namespace
}  // namespace gradwire
