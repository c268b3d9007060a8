#include <gmock/gmock.h>

#include <filesystem>

#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Scenario& only_scenario(const Plan& plan) {
  EXPECT_EQ(plan.points.size(), 1U);
  return plan.points.front().scenario;
}

TEST(ScenarioSettings, DefaultsAreThoseOfTheTable) {
  const Plan plan = load(kShortest);
  EXPECT_EQ(plan.name, "test");
  EXPECT_EQ(plan.about, "");
  EXPECT_EQ(plan.repeats, 1);
  EXPECT_THAT(plan.axes, IsEmpty());
  EXPECT_THAT(plan.points.front().swept, IsEmpty());

  const Scenario& scenario = only_scenario(plan);
  EXPECT_THAT(scenario.model.hidden, ElementsAre(512, 256));
  EXPECT_EQ(scenario.model.loss, Scenario::Loss::cross_entropy);
  EXPECT_EQ(scenario.data.train, 60'000);
  EXPECT_EQ(scenario.data.test, 10'000);
  EXPECT_EQ(std::get<Scenario::PerNodeBatch>(scenario.training.batch).samples, 32);
  EXPECT_TRUE(std::holds_alternative<Scenario::Pass>(scenario.training.epoch));
  EXPECT_EQ(scenario.training.epochs, 1);
  EXPECT_EQ(scenario.training.optimizer.rate, 0.05);
  EXPECT_EQ(scenario.training.optimizer.momentum, 0.0);
  EXPECT_EQ(scenario.training.seed, 1U);
  EXPECT_EQ(std::get<Scenario::AllReduce>(scenario.strategy).algorithm, Scenario::Algorithm::ring);
  EXPECT_EQ(scenario.network.nodes, 2);
  EXPECT_EQ(scenario.network.host_of(1).bandwidth, BitsPerSecond{10'000'000});
  EXPECT_EQ(scenario.network.host_of(1).latency, 100us);
  EXPECT_EQ(scenario.network.jitter, Duration(0));
  EXPECT_EQ(scenario.network.loss, 0.0);
  EXPECT_EQ(scenario.nodes.cores, 1.0);
  EXPECT_EQ(scenario.nodes.speed_of(1), 1.0);
  EXPECT_EQ(scenario.nodes.host_cores, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<Scenario::Calibrated>(scenario.nodes.cost));
  EXPECT_EQ(scenario.arithmetic, Scenario::Arithmetic::automatic);
  const auto& measure = std::get<Scenario::MeasureSteps>(scenario.measure);
  EXPECT_EQ(measure.warmup, 2);
  EXPECT_EQ(measure.steps, 10);
  EXPECT_EQ(measure.at_most, 15s);
}

TEST(ScenarioSettings, ACommandIsAListOfTexts) {
  EXPECT_FALSE(only_scenario(load(kShortest)).command);
  const Plan plan = load(shortest_with("command: [python3, train.py, --rate, 0.10, yes, '']\n"));
  const Scenario::Command& command = only_scenario(plan).command.value();
  EXPECT_THAT(command.words, ElementsAre("python3", "train.py", "--rate", "0.10", "yes", ""));
  EXPECT_EQ(command.limit, 600s);
  const Plan again = load(plan.resolved_yaml, {"time_limit=90s"});
  EXPECT_EQ(only_scenario(again).command.value().words, command.words);
  EXPECT_EQ(only_scenario(again).command.value().limit, 90s);
}

TEST(ScenarioSettings, EveryKeyReachesTheScenario) {
  const Plan plan = load(
      "gradwire: 1\n"
      "name: everything-1\n"
      "about: 'All keys: none at its default.'\n"
      "model: {kind: mlp, hidden: [7], activation: tanh, loss: focal, gamma: 1.5,\n"
      "        init: xavier-uniform}\n"
      "data: {kind: idx, path: images, train: 100, test: 50}\n"
      "training:\n"
      "  batch: {global: 128}\n"
      "  epoch: {steps: 9}\n"
      "  epochs: 3\n"
      "  optimizer: {kind: nesterov, rate: 1e-2, momentum: 0.9, weight_decay: 0.5, clip_norm: 2,\n"
      "              schedule: {kind: step, factor: 0.5, every: 3, warm_up: 1.5}}\n"
      "  seed: 9007199254740991\n"
      "strategy: {kind: parameter-server, server: dedicated}\n"
      "network: {topology: star, nodes: 3, bandwidth: 1.5Gbit/s, latency: 2ms, jitter: 5us,\n"
      "          loss: 0.1%}\n"
      "nodes: {cores: 0.5, speed: [1, 0.5, 2], host_cores: 4, step_time: 12ms}\n"
      "arithmetic: off\n"
      "measure: all\n"
      "repeats: 6\n");
  EXPECT_EQ(plan.name, "everything-1");
  EXPECT_EQ(plan.about, "All keys: none at its default.");
  EXPECT_EQ(plan.repeats, 6);

  const Scenario& scenario = only_scenario(plan);
  EXPECT_THAT(scenario.model.hidden, ElementsAre(7));
  EXPECT_EQ(scenario.model.loss, Scenario::Loss::focal);
  EXPECT_EQ(scenario.model.activation, Scenario::Activation::tanh);
  EXPECT_EQ(scenario.model.focal_gamma, 1.5);
  EXPECT_EQ(scenario.model.initialiser, Initialiser::xavier_uniform);
  const Scenario::Data& data = scenario.data;
  EXPECT_EQ(data.kind, Scenario::DataKind::idx);
  EXPECT_EQ(data.folder, std::filesystem::path(plan.file).parent_path() / "images");
  EXPECT_EQ(data.train, 100);
  EXPECT_EQ(data.test, 50);
  EXPECT_EQ(std::get<Scenario::GlobalBatch>(scenario.training.batch).samples, 128);
  EXPECT_EQ(std::get<Scenario::Steps>(scenario.training.epoch).count, 9);
  EXPECT_EQ(scenario.training.epochs, 3);
  EXPECT_EQ(scenario.training.optimizer.rate, 0.01);
  EXPECT_EQ(scenario.training.optimizer.kind, OptimizerKind::nesterov);
  EXPECT_EQ(scenario.training.optimizer.momentum, 0.9);
  EXPECT_EQ(scenario.training.optimizer.weight_decay, 0.5);
  EXPECT_EQ(scenario.training.optimizer.clip_norm, 2.0);
  const Scenario::Schedule& schedule = scenario.training.optimizer.schedule;
  EXPECT_EQ(schedule.kind, RateScheduleKind::step);
  EXPECT_EQ(schedule.factor, 0.5);
  EXPECT_EQ(schedule.every_epochs, 3);
  EXPECT_EQ(schedule.warm_up_epochs, 1.5);
  EXPECT_EQ(scenario.training.seed, 9'007'199'254'740'991U);
  EXPECT_EQ(std::get<Scenario::ParameterServer>(scenario.strategy).server,
            Scenario::Server::dedicated);
  EXPECT_EQ(scenario.network.nodes, 3);
  EXPECT_EQ(scenario.network.host.bandwidth, BitsPerSecond{1'500'000'000});
  EXPECT_EQ(scenario.network.host.latency, 2ms);
  EXPECT_EQ(scenario.network.jitter, 5us);
  EXPECT_EQ(scenario.network.loss, 0.001);
  EXPECT_EQ(scenario.nodes.cores, 0.5);
  EXPECT_EQ(scenario.nodes.speed_of(1), 0.5);
  EXPECT_EQ(scenario.nodes.speed_of(2), 2.0);
  EXPECT_EQ(scenario.nodes.host_cores, 4);
  EXPECT_EQ(std::get<Scenario::StepTime>(scenario.nodes.cost).value, 12ms);
  EXPECT_EQ(scenario.arithmetic, Scenario::Arithmetic::off);
  EXPECT_TRUE(std::holds_alternative<Scenario::MeasureAll>(scenario.measure));
}

TEST(ScenarioSettings, AdamHasSettingsOfItsOwn) {
  const Plan plan =
      load_shortest({"training.optimizer={kind: adamw, beta1: 0.8, beta2: 0.99, epsilon: 1e-6}"});
  const Scenario::Optimizer& optimizer = only_scenario(plan).training.optimizer;
  EXPECT_EQ(optimizer.kind, OptimizerKind::adamw);
  EXPECT_EQ(optimizer.beta1, 0.8);
  EXPECT_EQ(optimizer.beta2, 0.99);
  EXPECT_EQ(optimizer.epsilon, 1e-6);
  EXPECT_EQ(optimizer.clip_norm, std::nullopt);
}

TEST(ScenarioSettings, OtherChoices) {
  EXPECT_EQ(std::get<Scenario::AllReduce>(
                only_scenario(load_shortest({"strategy.algorithm=all-to-all"})).strategy)
                .algorithm,
            Scenario::Algorithm::all_to_all);
  EXPECT_EQ(std::get<Scenario::ParameterServer>(
                only_scenario(load_shortest({"strategy.kind=parameter-server"})).strategy)
                .server,
            Scenario::Server::shared);
  EXPECT_TRUE(std::holds_alternative<Scenario::Single>(
      only_scenario(load_shortest({"strategy.kind=single", "network.nodes=1"})).strategy));
  EXPECT_EQ(
      std::get<Scenario::Flops>(only_scenario(load_shortest({"nodes.flops=1.5Gflops"})).nodes.cost)
          .per_second,
      1.5e9);
  EXPECT_EQ(only_scenario(load_shortest({"arithmetic=full"})).arithmetic,
            Scenario::Arithmetic::full);
  EXPECT_EQ(only_scenario(load_shortest({"arithmetic=shared"})).arithmetic,
            Scenario::Arithmetic::shared);
  EXPECT_THAT(only_scenario(load_shortest({"model.hidden=[]"})).model.hidden, IsEmpty());
}

TEST(ScenarioSettings, APartitionIsCommonUnlessItIsGiven) {
  EXPECT_TRUE(only_scenario(load_shortest({})).partition.is_common());
  const auto partition_of = [](const std::string& value) {
    return only_scenario(load_shortest({"data.partition=" + value})).partition;
  };
  EXPECT_EQ(partition_of("{kind: labels, labels: 3}"),
            (PartitionSpec{PartitionKind::labels, 3, 0, {}, false}));
  EXPECT_EQ(partition_of("{kind: dirichlet, alpha: 0.25, draw: each-pass}"),
            (PartitionSpec{PartitionKind::dirichlet, 0, 0.25, {}, true}));
  EXPECT_EQ(partition_of("{draw: once}"), (PartitionSpec{PartitionKind::shuffle, 0, 0, {}, false}));
  EXPECT_EQ(only_scenario(load_shortest({"network.nodes=2",
                                         "data.partition={kind: block, shares: "
                                         "[1, 3]}"}))
                .partition,
            (PartitionSpec{PartitionKind::block, 0, 0, {1, 3}, false}));
}

TEST(ScenarioSettings, CheckpointsAreKeptOnlyIfAskedFor) {
  EXPECT_EQ(only_scenario(load_shortest({})).training.checkpoint, std::nullopt);
  EXPECT_EQ(only_scenario(load_shortest({"training.checkpoint=50"})).training.checkpoint, 50);
}

TEST(ScenarioSettings, ACaptionerHasSettingsOfItsOwn) {
  const std::vector<std::string> shortest = {"model={kind: captioner}", "data={kind: scenes}"};
  const Scenario usual = only_scenario(load_shortest(shortest));
  EXPECT_EQ(usual.model.kind, Scenario::ModelKind::captioner);
  EXPECT_EQ(usual.model.width, 256);
  EXPECT_EQ(usual.model.dropout, 0.5);
  EXPECT_EQ(usual.model.extractor, std::nullopt);
  EXPECT_EQ(usual.data.minimum_count, 5);
  EXPECT_EQ(usual.data.words, std::nullopt);
  EXPECT_FALSE(usual.data.shuffled);
  EXPECT_EQ(usual.data.augmentation, Augmentation{});
  EXPECT_EQ(usual.model.captions, CaptionSearch{});
  const Scenario given = only_scenario(load_shortest(
      {"model={kind: captioner, width: 64, dropout: 0, extractor: [flatten], beam: 5, "
       "length_penalty: 0.5, no_repeat: 2, samples: 40, drafts: 30}",
       "data={kind: flickr8k, path: f, min_count: 2, words: 34, pictures: shuffled, "
       "augment: {flip: 0.5, shift: 3, hide_words: 0.25}}"}));
  EXPECT_EQ(given.model.width, 64);
  EXPECT_EQ(given.model.dropout, 0.0);
  EXPECT_EQ(given.model.extractor, std::vector<LayerSpec>{flatten()});
  EXPECT_EQ(given.data.kind, Scenario::DataKind::flickr8k);
  EXPECT_EQ(given.data.minimum_count, 2);
  EXPECT_EQ(given.data.words, 34);
  EXPECT_TRUE(given.data.shuffled);
  const Augmentation augmentation{.flip = 0.5, .shift = 3, .hide_words = 0.25};
  EXPECT_EQ(given.data.augmentation, augmentation);
  const CaptionSearch search{
      .width = 5, .length_penalty = 0.5, .no_repeat = 2, .samples = 40, .drafts = 30};
  EXPECT_EQ(given.model.captions, search);
}

TEST(ScenarioSettings, LayersAreReadWithWhatIsUsual) {
  const Plan plan =
      load(shortest_with("model:\n"
                         "  kind: layers\n"
                         "  layers:\n"
                         "    - {conv: 20, kernel: 5}\n"
                         "    - leaky-relu\n"
                         "    - {max-pool: 2}\n"
                         "    - {residual: [{conv: 20, keep: 0.5, stride: 1}, relu]}\n"
                         "    - {avg-pool: 3, stride: 1, padding: 1}\n"
                         "    - flatten\n"
                         "    - {dropout: 0.25}\n"
                         "    - {dense: 100}\n"));
  LayerSpec edge_popup = conv(20, 3, 1, 1);
  edge_popup.keep = 0.5;
  EXPECT_THAT(only_scenario(plan).model.layers,
              ElementsAre(conv(20, 5, 1, 2), activation(Activation::leaky_relu), max_pool(2, 2),
                          residual({edge_popup, activation(Activation::relu)}), avg_pool(3, 1, 1),
                          flatten(), dropout(0.25), dense(100)));
}

TEST(ScenarioSettings, IdxWithoutLimitsTakesAllThatTheFilesHold) {
  const Plan plan = load(shortest_with("data: {kind: idx, path: images}\n"));
  EXPECT_EQ(only_scenario(plan).data.train, std::nullopt);
  EXPECT_EQ(only_scenario(plan).data.test, std::nullopt);
}

TEST(ScenarioSettings, APathInAnOverrideIsRelativeToTheCurrentFolder) {
  const Plan plan = load_shortest({"data.kind=idx", "data.path=a/../images"});
  EXPECT_EQ(only_scenario(plan).data.folder, std::filesystem::current_path() / "images");
}

TEST(ScenarioSettings, ListedHostsOverrideBandwidthAndLatency) {
  const Plan plan =
      load(headed("network:\n"
                  "  bandwidth: 1Gbit\n"
                  "  latency: 2ms\n"
                  "  hosts: [{}, {bandwidth: 10Mbit}, {latency: 5ms}]\n"));
  const Scenario::Network& network = only_scenario(plan).network;
  EXPECT_EQ(network.nodes, 3);
  EXPECT_EQ(network.host_of(0).bandwidth, BitsPerSecond{1'000'000'000});
  EXPECT_EQ(network.host_of(0).latency, 2ms);
  EXPECT_EQ(network.host_of(1).bandwidth, BitsPerSecond{10'000'000});
  EXPECT_EQ(network.host_of(1).latency, 2ms);
  EXPECT_EQ(network.host_of(2).bandwidth, BitsPerSecond{1'000'000'000});
  EXPECT_EQ(network.host_of(2).latency, 5ms);
}

TEST(ScenarioSettings, HostsThatAllHaveABandwidthNeedNoOther) {
  const Plan plan = load(headed("network: {hosts: [{bandwidth: 1Gbit}, {bandwidth: 10Mbit}]}\n"));
  EXPECT_EQ(only_scenario(plan).network.host_of(1).bandwidth, BitsPerSecond{10'000'000});
}

TEST(ScenarioSettings, ADedicatedServerDoesNotTrain) {
  const Plan shared = load_shortest({"strategy.kind=parameter-server", "network.nodes=5"});
  EXPECT_EQ(only_scenario(shared).training_nodes(), 5);
  EXPECT_EQ(only_scenario(shared).global_batch(), 5 * 32);
  const Plan dedicated = load_shortest(
      {"strategy.kind=parameter-server", "strategy.server=dedicated", "network.nodes=5"});
  EXPECT_EQ(only_scenario(dedicated).training_nodes(), 4);
  EXPECT_EQ(only_scenario(dedicated).global_batch(), 4 * 32);
  EXPECT_EQ(only_scenario(load_shortest({"training.batch.global=100"})).global_batch(), 100);
}

TEST(ScenarioSettings, AnchorsWork) {
  const Plan plan = load(shortest_with("training: {seed: &number 7, epochs: *number}\n"));
  EXPECT_EQ(only_scenario(plan).training.epochs, 7);
}

TEST(ScenarioSettings, LaterErrorsKnowTheLineOfTheirKey) {
  const Plan plan = load(
      "gradwire: 1\n"
      "name: lines\n"
      "network:\n"
      "  nodes: 2\n"
      "  bandwidth: 1Gbit\n"
      "data: {kind: idx,\n"
      "       path: images}\n"
      "sweep:\n"
      "  network.loss: [0%, 1%]\n",
      {"network.nodes=4"});
  const auto line = [&plan](int number) { return plan.file + ":" + std::to_string(number); };
  EXPECT_EQ(plan.where("data.path"), line(7));
  EXPECT_EQ(plan.where("network.bandwidth"), line(5));
  EXPECT_EQ(plan.where("network.latency"), line(3)) << "not given: where its section begins";
  EXPECT_EQ(plan.where("training.optimizer.rate"), line(1)) << "no section either";
  EXPECT_EQ(plan.where("network.loss"), line(9)) << "swept";
  EXPECT_EQ(plan.where("network.nodes"), "--set");
  EXPECT_EQ(plan.error("data.path", "no such folder").what(),
            line(7) + ": data.path: no such folder");
  EXPECT_EQ(plan.error("network.nodes", "too many").what(),
            std::string("--set network.nodes: too many"));
}

TEST(ScenarioNetwork, ATopologyCanSayHowManyNodesThereAre) {
  const Plan plan = load(
      "gradwire: 1\n"
      "name: test\n"
      "network:\n"
      "  bandwidth: 1Gbit\n"
      "  tree: {fanout: 3, depth: 2}\n"
      "  torus_3d: [2, 3, 4]\n"
      "  two_tier: {racks: 2, hosts: 5, oversubscription: 4}\n"
      "sweep: {network.topology: [tree, torus-3d, two-tier]}\n");
  EXPECT_EQ(plan.points.at(0).scenario.network.nodes, 9);
  EXPECT_EQ(plan.points.at(1).scenario.network.nodes, 24);
  const Scenario::Network& tiers = plan.points.at(2).scenario.network;
  EXPECT_EQ(tiers.nodes, 10);
  EXPECT_EQ(std::get<TwoTierShape>(tiers.shape).oversubscription, 4.0);
}

TEST(ScenarioNetwork, AGraphIsAsListedAndIsWrittenOutAgain) {
  const Plan plan = load(
      "gradwire: 1\n"
      "name: test\n"
      "network:\n"
      "  topology: graph\n"
      "  bandwidth: 1Gbit\n"
      "  graph:\n"
      "    hosts: [a, b]\n"
      "    switches: [s]\n"
      "    links:\n"
      "      - {from: a, to: s, latency: 2ms, back: {bandwidth: 1Mbit}}\n"
      "      - {from: s, to: b, loss: 1%}\n"
      "  routes: [{from: a, to: b, via: [s]}]\n");
  for (const Plan& read : {plan, load(plan.resolved_yaml)}) {
    const Scenario::Network& network = only_scenario(read).network;
    EXPECT_EQ(network.nodes, 2);
    const auto& graph = std::get<GraphShape>(network.shape);
    ASSERT_EQ(graph.joints.size(), 2U);
    EXPECT_EQ(graph.joints[0].there.rate, BitsPerSecond{1'000'000'000});
    EXPECT_EQ(graph.joints[0].back.rate, BitsPerSecond{1'000'000});
    EXPECT_EQ(graph.joints[0].back.latency, 2ms);
    EXPECT_EQ(graph.joints[1].there.latency, 100us);
    EXPECT_EQ(graph.joints[1].back.loss, 0.01);
    EXPECT_THAT(graph.ways, ElementsAre(ElementsAre(0, 2, 1)));
  }
}

TEST(ScenarioNetwork, AWanTakesHalfOfTheRoundTripEachWay) {
  const Plan plan = load(
      "gradwire: 1\n"
      "name: test\n"
      "network:\n"
      "  topology: wan\n"
      "  bandwidth: 1Gbit\n"
      "  wan: {regions: [us, eu], hosts: [1, 2], rtt: [[~, 80ms], [60ms, ~]],\n"
      "        bandwidth: [[~, 10Mbit], [20Mbit, ~]]}\n");
  for (const Plan& read : {plan, load(plan.resolved_yaml)}) {
    const Scenario::Network& network = only_scenario(read).network;
    EXPECT_EQ(network.nodes, 3);
    const auto& wan = std::get<WanShape>(network.shape);
    EXPECT_EQ(wan.latency[0][1], 40ms);
    EXPECT_EQ(wan.latency[1][0], 30ms);
    EXPECT_EQ(wan.bandwidth[1][0], BitsPerSecond{20'000'000});
  }
}

}  // namespace
}  // namespace gradwire
