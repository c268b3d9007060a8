#include <chrono>

#include "sim/scenario/keys.hpp"

namespace gradwire {
namespace {

using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

// Limits that the program's arithmetic can hold with room to spare; none of them is in the way of a
// scenario that could be run.
constexpr std::int64_t kSamplesMax = 1'000'000'000;
constexpr std::int64_t kStepsMax = 1'000'000'000;
constexpr std::int64_t kEpochsMax = 1'000'000;
constexpr std::int64_t kSeedMax =
    9'007'199'254'740'991;  // the largest exact integer of JSON, 2^53-1
constexpr NumberType kFactor = {.min = 0.0001, .max = 1'000'000.0};
constexpr NumberType kMemory = {.min = 0.0, .max = 1.0, .below_max = true};
constexpr RateType kBandwidth = {{1'000}, {800'000'000'000}};
constexpr DurationType kDelay = {0ns, 60s};
constexpr DurationType kTimeSpan = {1ns, 24h};

void add_head(std::vector<Key>& keys) {
  keys.push_back({.name = "gradwire",
                  .type = IntegerType{1, 1},
                  .help = "Version of the scenario format.",
                  .required = true,
                  .sweepable = false});
  keys.push_back({.name = "name",
                  .type = NameType{},
                  .help = "Names the scenario in results and figures.",
                  .required = true,
                  .sweepable = false});
  keys.push_back({.name = "about",
                  .type = TextType{},
                  .help = "What the scenario is for.",
                  .sweepable = false});
}

void add_model_and_data(std::vector<Key>& keys) {
  keys.push_back({.name = "model.kind",
                  .type = ChoiceType{{"mlp"}},
                  .fallback = "mlp",
                  .help = "A dense network: hidden layers and a linear output layer."});
  keys.push_back({.name = "model.hidden",
                  .type = IntegerListType{{1, 65'536}},
                  .fallback = "[512, 256]",
                  .help = "Neurons of each hidden layer; `[]` is a linear model."});
  keys.push_back(
      {.name = "model.activation",
       .type = ChoiceType{{"relu", "leaky-relu", "tanh", "sigmoid"}},
       .fallback = "relu",
       .help = "Activation of the hidden layers; below zero, `leaky-relu` has the slope 0.01."});
  keys.push_back({.name = "model.loss",
                  .type = ChoiceType{{"cross-entropy", "mse", "focal"}},
                  .fallback = "cross-entropy",
                  .help =
                      "Softmax cross-entropy, mean squared error against one-hot targets, or focal "
                      "loss: the cross-entropy times (1 - p)^gamma, p the probability of the "
                      "label."});
  keys.push_back({.name = "model.gamma",
                  .type = NumberType{.min = 0.0, .max = 100.0},
                  .fallback = "2",
                  .help = "Exponent of the focal loss; 0 is the cross-entropy.",
                  .only_with = KeyHasValue{"model.loss", {"focal"}}});
  keys.push_back({.name = "model.init",
                  .type = ChoiceType{{"kaiming-normal", "kaiming-uniform", "xavier-normal",
                                      "xavier-uniform", "signed-kaiming-constant"}},
                  .fallback = "kaiming-normal",
                  .help = "How weights are drawn; biases start at 0."});
  keys.push_back({.name = "data.kind",
                  .type = ChoiceType{{"digits", "idx"}},
                  .fallback = "digits",
                  .help = "`digits` are generated handwritten digits of 28x28; `idx` are files in "
                          "the format of MNIST."});
  keys.push_back({.name = "data.path",
                  .type = PathType{},
                  .help = "The folder that holds the IDX files, relative to the scenario file (in "
                          "`--set`: to the current folder).",
                  .required = true,
                  .only_with = KeyHasValue{"data.kind", {"idx"}}});
  keys.push_back({.name = "data.train",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "60000",
                  .help = "Training samples.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits"}},
                  .fallback_note = "`60000`; with `idx` all"});
  keys.push_back({.name = "data.test",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "10000",
                  .help = "Test samples.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits"}},
                  .fallback_note = "`10000`; with `idx` all"});
}

void add_training(std::vector<Key>& keys) {
  keys.push_back({.name = "training.batch.per_node",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "32",
                  .help = "Samples that each training node takes a step.",
                  .alternative = {"training.batch", 1}});
  keys.push_back({.name = "training.batch.global",
                  .type = IntegerType{1, kSamplesMax},
                  .help = "Samples that the training nodes share a step, instead of `per_node`.",
                  .alternative = {"training.batch", 2}});
  keys.push_back({.name = "training.epoch",
                  .type = ChoiceType{{"pass"}},
                  .fallback = "pass",
                  .help = "An epoch is one pass over the training data, which the training nodes "
                          "share.",
                  .alternative = {"training.epoch", 1}});
  keys.push_back({.name = "training.epoch.steps",
                  .type = IntegerType{1, kStepsMax},
                  .help = "An epoch is so many steps, instead of `pass`.",
                  .alternative = {"training.epoch", 2}});
  keys.push_back({.name = "training.epochs",
                  .type = IntegerType{1, kEpochsMax},
                  .fallback = "1",
                  .help = "How many epochs to train."});
}

void add_optimizer(std::vector<Key>& keys) {
  keys.push_back({.name = "training.optimizer.kind",
                  .type = ChoiceType{{"sgd", "nesterov", "adam", "adamw"}},
                  .fallback = "sgd",
                  .help = "Stochastic gradient descent; with Nesterov momentum; Adam; Adam with "
                          "decoupled weight decay. The forms are those of PyTorch."});
  keys.push_back({.name = "training.optimizer.rate",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1'000'000.0},
                  .fallback = "0.05",
                  .help = "Learning rate."});
  keys.push_back({.name = "training.optimizer.momentum",
                  .type = kMemory,
                  .fallback = "0",
                  .help = "Momentum; `nesterov` needs some.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"sgd", "nesterov"}}});
  keys.push_back({.name = "training.optimizer.beta1",
                  .type = kMemory,
                  .fallback = "0.9",
                  .help = "Memory of the mean of the gradients.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"adam", "adamw"}}});
  keys.push_back({.name = "training.optimizer.beta2",
                  .type = kMemory,
                  .fallback = "0.999",
                  .help = "Memory of the mean of their squares.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"adam", "adamw"}}});
  keys.push_back({.name = "training.optimizer.epsilon",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1.0},
                  .fallback = "1e-8",
                  .help = "Keeps the division by the root of that mean finite.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"adam", "adamw"}}});
  keys.push_back({.name = "training.optimizer.weight_decay",
                  .type = NumberType{.min = 0.0, .max = 1'000'000.0},
                  .fallback = "0",
                  .help = "Share of the parameters that is added to their gradient; with `adamw` "
                          "subtracted from them, times the learning rate."});
  keys.push_back({.name = "training.optimizer.clip_norm",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1'000'000.0},
                  .help = "Largest norm of the whole summed gradient; a longer one is scaled down "
                          "to it."});
}

void add_schedule(std::vector<Key>& keys) {
  keys.push_back({.name = "training.optimizer.schedule.kind",
                  .type = ChoiceType{{"constant", "step", "cosine"}},
                  .fallback = "constant",
                  .help = "The learning rate stays; or is multiplied by `factor` every so many "
                          "epochs; or falls along half a cosine to 0 at the end of the training."});
  keys.push_back({.name = "training.optimizer.schedule.factor",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1.0},
                  .fallback = "0.1",
                  .help = "Factor of each change.",
                  .only_with = KeyHasValue{"training.optimizer.schedule.kind", {"step"}}});
  keys.push_back({.name = "training.optimizer.schedule.every",
                  .type = IntegerType{1, kEpochsMax},
                  .fallback = "1",
                  .help = "Epochs from change to change.",
                  .only_with = KeyHasValue{"training.optimizer.schedule.kind", {"step"}}});
  keys.push_back({.name = "training.optimizer.schedule.warm_up",
                  .type = NumberType{.min = 0.0, .max = static_cast<double>(kEpochsMax)},
                  .fallback = "0",
                  .help = "Epochs, or a fraction of one, over which the learning rate first rises "
                          "linearly, step by step."});
}

void add_seed(std::vector<Key>& keys) {
  keys.push_back({.name = "training.seed",
                  .type = IntegerType{0, kSeedMax},
                  .fallback = "1",
                  .help = "Seed of weights, shuffling and everything else that is drawn. Repeat r, "
                          "counted from 0, uses `seed` + r."});
}

void add_strategy(std::vector<Key>& keys) {
  keys.push_back({.name = "strategy.kind",
                  .type = ChoiceType{{"single", "all-reduce", "parameter-server"}},
                  .fallback = "all-reduce",
                  .help = "How the nodes share the work: one node alone, every node a replica, or "
                          "one node that holds the parameters."});
  keys.push_back({.name = "strategy.algorithm",
                  .type = ChoiceType{{"ring", "all-to-all"}},
                  .fallback = "ring",
                  .help = "How gradients are summed.",
                  .only_with = KeyHasValue{"strategy.kind", {"all-reduce"}}});
  keys.push_back({.name = "strategy.server",
                  .type = ChoiceType{{"shared", "dedicated"}},
                  .fallback = "shared",
                  .help = "Rank 0 serves; `shared`: it trains too, `dedicated`: it only serves, "
                          "which needs at least 2 nodes.",
                  .only_with = KeyHasValue{"strategy.kind", {"parameter-server"}}});
}

void add_network(std::vector<Key>& keys) {
  keys.push_back(
      {.name = "network.topology",
       .type = ChoiceType{{"star", "ring", "chain", "full-mesh", "tree", "torus-2d", "torus-3d",
                           "fat-tree", "dumbbell", "two-tier", "wan", "graph"}},
       .fallback = "star",
       .help = "How hosts, and switches between them, are joined; see \"Topologies\"."});
  keys.push_back({.name = "network.nodes",
                  .type = IntegerType{1, 100'000},
                  .help = "How many nodes. Can be left out where the topology says it, or "
                          "`network.hosts`.",
                  .required = true,
                  .stand_ins = {"network.hosts", "network.tree.fanout", "network.torus_2d",
                                "network.torus_3d", "network.fat_tree.k", "network.two_tier.racks",
                                "network.wan.hosts", "network.graph.hosts"}});
  keys.push_back({.name = "network.bandwidth",
                  .type = kBandwidth,
                  .help = "Rate of each link, in each direction.",
                  .required = true,
                  .stand_ins = {"network.hosts", "network.graph.links"}});
  keys.push_back({.name = "network.latency",
                  .type = kDelay,
                  .fallback = "100us",
                  .help = "One way, from host to host over one switch or none: a link at a switch "
                          "has half of it."});
  keys.push_back({.name = "network.jitter",
                  .type = kDelay,
                  .fallback = "0ns",
                  .help = "Random variation of the latency; shared out to the links likewise."});
  keys.push_back({.name = "network.loss",
                  .type = PercentageType{0.5},
                  .fallback = "0%",
                  .help = "Share of packets that are lost; shared out to the links likewise."});
  keys.push_back({.name = "network.routing",
                  .type = ChoiceType{{"hops", "latency"}},
                  .fallback = "hops",
                  .help = "What a way has least of: links, or latency. The other one decides "
                          "between equals, then a draw by flow."});
  keys.push_back({.name = "network.hosts",
                  .type = HostListType{kBandwidth, kDelay},
                  .help = "Nodes that differ: `bandwidth` and `latency` of each node's own links. "
                          "What an entry leaves out is `network.bandwidth` or `network.latency`. "
                          "Only where each host has one cable, to a switch."});
}

void add_switched_shapes(std::vector<Key>& keys) {
  keys.push_back({.name = "network.tree.fanout",
                  .type = IntegerType{2, 1'000},
                  .help = "Cables of each switch downwards; the hosts are the leaves.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"tree"}}});
  keys.push_back({.name = "network.tree.depth",
                  .type = IntegerType{1, 16},
                  .help = "Levels of switches: fanout^depth hosts.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"tree"}}});
  keys.push_back({.name = "network.torus_2d",
                  .type = IntegerListType{{1, 10'000}},
                  .help = "Hosts in each of the two dimensions, e.g. `[4, 4]`.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"torus-2d"}}});
  keys.push_back({.name = "network.torus_3d",
                  .type = IntegerListType{{1, 10'000}},
                  .help = "Hosts in each of the three dimensions, e.g. `[4, 2, 2]`.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"torus-3d"}}});
  keys.push_back({.name = "network.fat_tree.k",
                  .type = IntegerType{2, 72},
                  .help = "Ports of each switch, an even number: k^3/4 hosts.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"fat-tree"}}});
  keys.push_back({.name = "network.dumbbell.bandwidth",
                  .type = kBandwidth,
                  .help = "Rate between the two halves, in each direction.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"dumbbell"}}});
  keys.push_back({.name = "network.dumbbell.latency",
                  .type = kDelay,
                  .help = "One way, between the two switches.",
                  .only_with = KeyHasValue{"network.topology", {"dumbbell"}},
                  .fallback_note = "half of `network.latency`"});
  keys.push_back({.name = "network.two_tier.racks",
                  .type = IntegerType{1, 100'000},
                  .help = "Racks, each with a switch that has a cable to the core.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"two-tier"}}});
  keys.push_back({.name = "network.two_tier.hosts",
                  .type = IntegerType{1, 100'000},
                  .help = "Hosts in each rack.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"two-tier"}}});
  keys.push_back(
      {.name = "network.two_tier.oversubscription",
       .type = NumberType{.min = 0.01, .max = 1'000.0},
       .fallback = "1",
       .help = "Rate of a rack's hosts together, over the rate of its cable to the core.",
       .only_with = KeyHasValue{"network.topology", {"two-tier"}}});
}

void add_wan_and_graph(std::vector<Key>& keys) {
  keys.push_back({.name = "network.wan.regions",
                  .type = NamesType{2},
                  .help = "Regions; each has a switch, and a link to and from every other.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"wan"}}});
  keys.push_back({.name = "network.wan.hosts",
                  .type = IntegerListType{{0, 100'000}},
                  .help = "Hosts in each region, by rank. Without it `network.nodes` are spread "
                          "evenly.",
                  .only_with = KeyHasValue{"network.topology", {"wan"}}});
  keys.push_back({.name = "network.wan.latency",
                  .type = DelayMatrixType{kDelay},
                  .help = "One way, from the region of the row to that of the column.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"wan"}},
                  .stand_ins = {"network.wan.rtt"},
                  .alternative = {"network.wan.latency", 1}});
  keys.push_back({.name = "network.wan.rtt",
                  .type = DelayMatrixType{kDelay},
                  .help = "There and back, instead of `latency`: half of it each way.",
                  .only_with = KeyHasValue{"network.topology", {"wan"}},
                  .alternative = {"network.wan.latency", 2}});
  keys.push_back({.name = "network.wan.bandwidth",
                  .type = RateMatrixType{kBandwidth},
                  .help = "Of all messages from one region to the other together.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"wan"}}});
  keys.push_back({.name = "network.graph.hosts",
                  .type = NamesType{1},
                  .help = "The hosts, by rank.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
  keys.push_back({.name = "network.graph.switches",
                  .type = NamesType{0},
                  .fallback = "[]",
                  .help = "The switches.",
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
  keys.push_back({.name = "network.graph.links",
                  .type = CableListType{kBandwidth, kDelay, {0.5}},
                  .help = "Cables. What an entry leaves out is as in `network`, latency whole; "
                          "`back` says what differs in the direction from `to` to `from`.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
  keys.push_back({.name = "network.routes",
                  .type = WayListType{},
                  .help = "Ways that are taken whatever they cost; all others are searched for.",
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
}

void add_nodes(std::vector<Key>& keys) {
  keys.push_back({.name = "nodes.cores",
                  .type = kFactor,
                  .fallback = "1",
                  .help = "CPU of each node. A worker has one thread: 0.5 halves its speed, more "
                          "than 1 does not help."});
  keys.push_back({.name = "nodes.speed",
                  .type = NodeNumbersType{kFactor},
                  .fallback = "1",
                  .help = "Speed relative to the machine that the cost of a step is for."});
  keys.push_back({.name = "nodes.host_cores",
                  .type = IntegerType{1, 100'000},
                  .help = "All nodes share one host with so many cores. Without it each node has "
                          "its own."});
  keys.push_back({.name = "nodes.step_time",
                  .type = kTimeSpan,
                  .help = "Time of one training step of one node at this scenario's batch and "
                          "speed 1. Without it and `flops` the calibration of this machine holds.",
                  .alternative = {"nodes.cost", 1}});
  keys.push_back({.name = "nodes.flops",
                  .type = FlopsType{},
                  .help = "Computing rate at speed 1, instead of `step_time`.",
                  .alternative = {"nodes.cost", 2}});
}

void add_run(std::vector<Key>& keys) {
  keys.push_back({.name = "arithmetic",
                  .type = ChoiceType{{"auto", "full", "shared", "off"}},
                  .fallback = "auto",
                  .help = "`full`: every node computes; `shared`: replicas that are provably equal "
                          "are computed once; `off`: times only."});
  keys.push_back({.name = "measure",
                  .type = ChoiceType{{"all"}},
                  .help = "Real modes run every step.",
                  .alternative = {"measure", 1}});
  keys.push_back({.name = "measure.warmup",
                  .type = IntegerType{0, kStepsMax},
                  .fallback = "2",
                  .help = "Steps that a real mode runs first and does not count.",
                  .alternative = {"measure", 2}});
  keys.push_back({.name = "measure.steps",
                  .type = IntegerType{1, kStepsMax},
                  .fallback = "10",
                  .help = "Steps that a real mode measures; the rest is extrapolated.",
                  .alternative = {"measure", 2}});
  keys.push_back({.name = "measure.at_most",
                  .type = kTimeSpan,
                  .fallback = "15s",
                  .help = "A real mode stops measuring a point after so long.",
                  .alternative = {"measure", 2}});
  keys.push_back({.name = "repeats",
                  .type = IntegerType{1, 1'000},
                  .fallback = "1",
                  .help = "How often each point is run.",
                  .sweepable = false});
  keys.push_back({.name = "sweep",
                  .type = SweepType{},
                  .help = "One axis a key; the points are all combinations, the last key varying "
                          "fastest.",
                  .sweepable = false});
}

std::vector<Key> make_key_table() {
  std::vector<Key> keys;
  add_head(keys);
  add_model_and_data(keys);
  add_training(keys);
  add_optimizer(keys);
  add_schedule(keys);
  add_seed(keys);
  add_strategy(keys);
  add_network(keys);
  add_switched_shapes(keys);
  add_wan_and_graph(keys);
  add_nodes(keys);
  add_run(keys);
  return keys;
}

}  // namespace

const std::vector<Key>& key_table() {
  static const std::vector<Key> table = make_key_table();
  return table;
}

}  // namespace gradwire
