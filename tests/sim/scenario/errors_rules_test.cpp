#include "tests/sim/scenario/refused.hpp"

namespace gradwire {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Rules, RefusedScenario,
    testing::ValuesIn(std::vector<Refused>{
        {"PathWithDigits",
         shortest_with("data: {path: mnist}\n"),
         {},
         "s.yaml:4: data.path: has no meaning with data.kind digits; allowed: only with data.kind "
         "idx, cifar10, images or flickr8k"},
        {"AlphaWithoutDirichlet",
         shortest_with("data: {partition: {alpha: 1}}\n"),
         {},
         "s.yaml:4: data.partition.alpha: has no meaning with data.partition.kind shuffle; "
         "allowed: "
         "only with data.partition.kind dirichlet"},
        {"SharesByFeatures",
         shortest_with("data: {partition: {kind: features, shares: [1, 2]}}\n"),
         {},
         "s.yaml:4: data.partition.shares: has no meaning with data.partition.kind features; "
         "allowed: only with data.partition.kind shuffle, block, labels or dirichlet"},
        {"DrawByFeatures",
         shortest_with("data: {partition: {kind: features, draw: once}}\n"),
         {},
         "s.yaml:4: data.partition.draw: has no meaning with data.partition.kind features; "
         "allowed: only with data.partition.kind shuffle, block, labels or dirichlet"},
        {"FeaturesOnAServer",
         shortest_with("data: {partition: {kind: features}}\n"
                       "strategy: {kind: parameter-server}\n"),
         {},
         "s.yaml:4: data.partition.kind: features with strategy.kind parameter-server, whose "
         "server has all parameters; allowed: all-reduce or single"},
        {"ClippingByFeatures",
         shortest_with("data: {partition: {kind: features}}\n"
                       "training: {optimizer: {clip_norm: 1}}\n"),
         {},
         "s.yaml:5: training.optimizer.clip_norm: has no meaning with data.partition.kind "
         "features, where no node has the whole gradient; allowed: only with another partition"},
        {"SharesForOtherNodes",
         std::string(kShortest),
         {"network.nodes=2", "data.partition.shares=[1, 2, 3]"},
         "--set data.partition.shares: 3 shares listed for 2 training nodes; allowed: one for "
         "each, "
         "or 1 for equal shares"},
        {"WeightsForOtherNodes",
         std::string(kShortest),
         {"network.nodes=2", "network.weights=[1, 2, 3]"},
         "--set network.weights: 3 weights listed for 2 nodes; allowed: one for each node"},
        {"IdxWithoutPath",
         shortest_with("data:\n"
                       "  kind: idx\n"),
         {},
         "s.yaml:4: data.path: missing, but required with data.kind idx, cifar10, images or "
         "flickr8k; "
         "allowed: a path"},
        {"CaptionerOfDigits",
         shortest_with("model: {kind: captioner}\n"),
         {},
         "s.yaml:4: model.kind: captioner with data.kind digits; allowed: captioner with scenes or "
         "flickr8k, any other model with any other data"},
        {"ScenesWithoutACaptioner",
         shortest_with("data: {kind: scenes}\n"),
         {},
         "s.yaml:4: data.kind: scenes with model.kind mlp; allowed: scenes or flickr8k with "
         "captioner, any other data with any other model"},
        {"CaptionsByLabel",
         shortest_with("model: {kind: captioner}\n"
                       "data: {kind: scenes, partition: {kind: labels}}\n"),
         {},
         "s.yaml:5: data.partition.kind: labels with captions, which have no labels; allowed: "
         "shuffle or block"},
        {"ShuffledDigits",
         shortest_with("data: {pictures: shuffled}\n"),
         {},
         "s.yaml:4: data.pictures: has no meaning with data.kind digits; allowed: only with "
         "data.kind scenes or flickr8k"},
        {"HiddenWordsOfDigits",
         shortest_with("data: {augment: {hide_words: 0.5}}\n"),
         {},
         "s.yaml:4: data.augment.hide_words: has no meaning with data.kind digits; allowed: only "
         "with data.kind scenes or flickr8k"},
        {"AlgorithmWithSingle",
         headed("network: {nodes: 1, bandwidth: 1Gbit}\n"
                "strategy:\n"
                "  kind: single\n"
                "  algorithm: ring\n"),
         {},
         "s.yaml:6: strategy.algorithm: has no meaning with strategy.kind single; allowed: only "
         "with strategy.kind all-reduce"},
        {"ServerWithAllReduce",
         shortest_with("strategy: {server: dedicated}\n"),
         {},
         "s.yaml:4: strategy.server: has no meaning with strategy.kind all-reduce; allowed: only "
         "with strategy.kind parameter-server"},
        {"SegmentsAllToAll",
         shortest_with("strategy: {algorithm: all-to-all, segment: 1MiB}\n"),
         {},
         "s.yaml:4: strategy.segment: has no meaning with strategy.algorithm all-to-all; allowed: "
         "only with strategy.algorithm ring"},
        {"SegmentsWithServer",
         shortest_with("strategy: {kind: parameter-server, segment: 1MiB}\n"),
         {},
         "s.yaml:4: strategy.segment: has no meaning with strategy.kind parameter-server; allowed: "
         "only with strategy.kind all-reduce"},
        {"InFlightWithoutSegments",
         shortest_with("strategy: {in_flight: 2}\n"),
         {},
         "s.yaml:4: strategy.in_flight: has no meaning without segments; allowed: only with "
         "strategy.segment"},
        {"GammaWithoutFocal",
         shortest_with("model: {gamma: 2}\n"),
         {},
         "s.yaml:4: model.gamma: has no meaning with model.loss cross-entropy; allowed: only with "
         "model.loss focal"},
        {"BetaWithSgd",
         shortest_with("training: {optimizer: {beta1: 0.8}}\n"),
         {},
         "s.yaml:4: training.optimizer.beta1: has no meaning with training.optimizer.kind sgd; "
         "allowed: only with training.optimizer.kind adam or adamw"},
        {"NesterovWithoutMomentum",
         shortest_with("training: {optimizer: {kind: nesterov}}\n"),
         {},
         "s.yaml:4: training.optimizer.momentum: 0 with nesterov; allowed: above 0"},
        {"HostsAndNodes",
         headed("network:\n"
                "  nodes: 3\n"
                "  bandwidth: 1Gbit\n"
                "  hosts: [{}, {}, {latency: 1ms}, {}]\n"),
         {},
         "s.yaml:4: network.nodes: 3 nodes with 4 hosts listed; allowed: as many as network.hosts "
         "lists"},
        {"HostWithoutBandwidth",
         headed("network:\n"
                "  hosts: [{bandwidth: 1Gbit}, {latency: 1ms}]\n"),
         {},
         "s.yaml:3: network.bandwidth: missing, and entry 2 of network.hosts has none either; "
         "allowed: a rate from 1kbit to 800Gbit"},
        {"NodesAgainstTheTopology",
         headed("network: {topology: fat-tree, nodes: 12, bandwidth: 1Gbit, fat_tree: {k: 4}}\n"),
         {},
         "s.yaml:3: network.nodes: 12 nodes; the topology fat-tree with k 4 has 16 hosts"},
        {"NodesThatNothingSays",
         headed("network:\n"
                "  bandwidth: 1Gbit\n"
                "  torus_2d: [2, 2]\n"
                "sweep: {network.topology: [torus-2d, ring]}\n"),
         {},
         "s.yaml:3: network.nodes: missing, but required with the topology ring; allowed: an "
         "integer from 1 to 100000 (at network.topology=ring)"},
        {"OddFatTree",
         headed("network: {topology: fat-tree, bandwidth: 1Gbit, fat_tree: {k: 5}}\n"),
         {},
         "s.yaml:3: network.fat_tree.k: 5 is odd; allowed: an even number from 2 to 72"},
        {"HostsOnARing",
         headed("network: {topology: ring, nodes: 2, bandwidth: 1Gbit, hosts: [{}, {}]}\n"),
         {},
         "s.yaml:3: network.hosts: has no meaning with the topology ring; allowed: where each host "
         "has one cable, to a switch"},
        {"UnknownEndOfALink",
         headed("network:\n"
                "  topology: graph\n"
                "  bandwidth: 1Gbit\n"
                "  graph:\n"
                "    hosts: [a, b]\n"
                "    switches: [spine]\n"
                "    links:\n"
                "      - {from: a, to: spine}\n"
                "      - {from: b, to: spin}\n"),
         {},
         "s.yaml:11: network.graph.links: entry 2: spin is unknown; did you mean 'spine'? allowed: "
         "names in network.graph.hosts and network.graph.switches"},
        {"HostThatNobodyReaches",
         headed("network:\n"
                "  topology: graph\n"
                "  bandwidth: 1Gbit\n"
                "  graph: {hosts: [a, b, c], links: [{from: a, to: b}]}\n"),
         {},
         "s.yaml:6: network.graph.links: there is no way from a to c; allowed: links that join all "
         "hosts"},
        {"WayAlongNoLink",
         headed("network:\n"
                "  topology: graph\n"
                "  bandwidth: 1Gbit\n"
                "  graph: {hosts: [a, b, c], links: [{from: a, to: b}, {from: b, to: c}]}\n"
                "  routes: [{from: a, to: c, via: []}]\n"),
         {},
         "s.yaml:7: network.routes: entry 1: a and c are not joined; allowed: ways along "
         "network.graph.links"},
        {"MatrixOfTheWrongSize",
         headed("network:\n"
                "  topology: wan\n"
                "  nodes: 2\n"
                "  bandwidth: 1Gbit\n"
                "  wan:\n"
                "    regions: [us, eu, asia]\n"
                "    rtt: [[~, 80ms], [80ms, ~]]\n"
                "    bandwidth: [[~, 1Gbit, 1Gbit], [1Gbit, ~, 1Gbit], [1Gbit, 1Gbit, ~]]\n"),
         {},
         "s.yaml:9: network.wan.rtt: has 2 rows for 3 regions; allowed: one row and one column a "
         "region"},
        {"SpeedsAndNodes",
         shortest_with("nodes: {speed: [1, 1, 0.5]}\n"),
         {},
         "s.yaml:4: nodes.speed: 3 speeds listed for 2 nodes; allowed: one number, or one for "
         "each node"},
        {"SharesAndNodes",
         shortest_with("nodes: {shares: [512, 512, 1024]}\n"),
         {},
         "s.yaml:4: nodes.shares: 3 weights listed for 2 nodes; allowed: one number, or one for "
         "each node"},
        {"SingleOnTwoNodes",
         shortest_with("strategy: {kind: single}\n"),
         {},
         "s.yaml:4: strategy.kind: single trains on one node, and network.nodes is 2; allowed: "
         "network.nodes 1, or another strategy"},
        {"DedicatedAlone",
         headed("network: {nodes: 1, bandwidth: 1Gbit}\n"
                "strategy: {kind: parameter-server, server: dedicated}\n"),
         {},
         "s.yaml:4: strategy.server: a dedicated server leaves no node to train; allowed: at "
         "least 2 nodes, or shared"},
        {"GlobalBatchTooSmall",
         headed("network: {nodes: 4, bandwidth: 1Gbit}\n"
                "training: {batch: {global: 3}}\n"),
         {},
         "s.yaml:4: training.batch.global: 3 samples for 4 training nodes; allowed: at least one "
         "a node"},
        {"TooFewSamples",
         headed("network: {nodes: 4, bandwidth: 1Gbit}\n"
                "data: {train: 1}\n"),
         {},
         "s.yaml:4: data.train: 1 sample for 4 training nodes; allowed: at least one a node"},
        {"TooFewDefaultSamples",
         headed("network: {nodes: 60001, bandwidth: 1Gbit}\n"
                "data: {kind: digits}\n"),
         {},
         "s.yaml:4: data.train: 60000 samples for 60001 training nodes; allowed: at least one a "
         "node"},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Sweeps, RefusedScenario,
    testing::ValuesIn(std::vector<Refused>{
        {"SweepEmptyList",
         shortest_with("sweep: {network.nodes: []}\n"),
         {},
         "s.yaml:4: sweep.network.nodes: is an empty list; allowed: a list of values, each an "
         "integer from 1 to 100000"},
        {"SweepScalar",
         shortest_with("sweep: {network.nodes: 4}\n"),
         {},
         "s.yaml:4: sweep.network.nodes: is '4'; allowed: a list of values, each an integer from "
         "1 to 100000"},
        {"SweepEmptySection",
         shortest_with("sweep: {measure: [{}]}\n"),
         {},
         "s.yaml:4: sweep.measure: is an empty section; allowed: all, or a section with warmup, "
         "steps, at_most"},
        {"SweepIsList",
         shortest_with("sweep: [network.nodes]\n"),
         {},
         "s.yaml:4: sweep: is a list; allowed: a section of full keys, each with a list of values"},
        {"SweepUnknownKey",
         shortest_with("sweep: {network.node: [1]}\n"),
         {},
         "s.yaml:4: sweep.network.node: unknown key; did you mean 'network.nodes'? allowed here: "
         "a full key such as network.nodes"},
        {"SweepShortKey",
         shortest_with("sweep: {bandwidth: [1Mbit]}\n"),
         {},
         "s.yaml:4: sweep.bandwidth: unknown key; did you mean 'network.bandwidth'? allowed here: "
         "a full key such as network.nodes"},
        {"SweepSection",
         shortest_with("sweep: {network: [{nodes: 2}]}\n"),
         {},
         "s.yaml:4: sweep.network: is a section, and only a key can be swept; allowed here: a "
         "full key such as network.nodes"},
        {"SweepFixedKey",
         shortest_with("sweep: {repeats: [1, 2]}\n"),
         {},
         "s.yaml:4: sweep.repeats: cannot be swept; allowed here: a full key such as "
         "network.nodes"},
        {"SweepBadValue",
         shortest_with("sweep:\n"
                       "  network.bandwidth:\n"
                       "    - 10Mbit\n"
                       "    - 10\n"),
         {},
         "s.yaml:7: sweep.network.bandwidth: '10' has no unit; write e.g. 10Mbit (units: bit, "
         "kbit, Mbit, Gbit, Tbit); allowed: a rate from 1kbit to 800Gbit"},
        {"SweepDuplicateValue",
         shortest_with("sweep:\n"
                       "  network.bandwidth:\n"
                       "    - 10Mbit\n"
                       "    - 10000kbit\n"),
         {},
         "s.yaml:7: sweep.network.bandwidth: 10Mbit is listed twice; allowed: different values"},
        {"SweepDuplicateKey",
         shortest_with("sweep:\n"
                       "  network.nodes: [1]\n"
                       "  network.nodes: [2]\n"),
         {},
         "s.yaml:6: sweep.network.nodes: is given twice, first in line 5; allowed: once"},
        {"SweepAlternatives",
         shortest_with("sweep:\n"
                       "  training.batch.per_node: [32]\n"
                       "  training.batch.global: [64]\n"),
         {},
         "s.yaml:6: sweep.training.batch.global: is swept together with training.batch.per_node; "
         "allowed: one of the two"},
        {"SweepMeaningless",
         shortest_with("sweep: {strategy.server: [shared, dedicated]}\n"),
         {},
         "s.yaml:4: strategy.server: has no meaning with strategy.kind all-reduce; allowed: only "
         "with strategy.kind parameter-server"},
        {"SweepPoint",
         shortest_with("strategy: {kind: single}\n"
                       "sweep:\n"
                       "  network.nodes: [1, 4]\n"
                       "  network.bandwidth: [1Mbit, 1Gbit]\n"),
         {},
         "s.yaml:4: strategy.kind: single trains on one node, and network.nodes is 4; allowed: "
         "network.nodes 1, or another strategy (at network.nodes=4, network.bandwidth=1Mbit and 1 "
         "more point)"},
        {"SweepPointValue",
         shortest_with("sweep:\n"
                       "  nodes.speed:\n"
                       "    - 1\n"
                       "    - [1, 1, 1]\n"),
         {},
         "s.yaml:7: nodes.speed: 3 speeds listed for 2 nodes; allowed: one number, or one for "
         "each node (at nodes.speed=[1, 1, 1])"},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Overrides, RefusedScenario,
    testing::ValuesIn(std::vector<Refused>{
        {"OverrideWithoutEquals",
         std::string(kShortest),
         {"network.nodes"},
         "--set: 'network.nodes' is no override; allowed: key=value"},
        {"OverrideUnknown",
         std::string(kShortest),
         {"network.node=3"},
         "--set network.node: unknown key; did you mean 'network.nodes'? allowed here: topology, "
         "nodes, bandwidth, latency, jitter, jitter_distribution, loss, routing, weights, hosts, "
         "tree, torus_2d, torus_3d, fat_tree, dumbbell, two_tier, wan, graph, routes, queue, "
         "burst, switching, "
         "transport, software, tcp, events, traces, background"},
        {"OverrideUnknownSection",
         std::string(kShortest),
         {"netwrok.nodes=3"},
         "--set netwrok.nodes: unknown key; did you mean 'network.nodes'? allowed here: gradwire, "
         "name, about, model, data, training, strategy, network, nodes, arithmetic, command, "
         "time_limit, fast_forward, "
         "measure, repeats, sweep"},
        {"OverrideBadValue",
         std::string(kShortest),
         {"network.nodes=none"},
         "--set network.nodes: 'none' is not an integer; allowed: an integer from 1 to 100000"},
        {"OverrideEmpty",
         std::string(kShortest),
         {"network.nodes="},
         "--set network.nodes: is empty; allowed: an integer from 1 to 100000"},
        {"OverrideNotYaml",
         std::string(kShortest),
         {"model.hidden=[1"},
         "--set model.hidden: not valid YAML: end of sequence flow not found"},
        {"OverrideGoesOn",
         std::string(kShortest),
         {"network.jitter=\"1ms\", 3"},
         "--set network.jitter: goes on after the first YAML document; allowed: one document"},
        {"OverrideSection",
         std::string(kShortest),
         {"network=4"},
         "--set network: is '4'; allowed: a section with topology, nodes, bandwidth, latency, "
         "jitter, jitter_distribution, loss, routing, weights, hosts, tree, torus_2d, torus_3d, "
         "fat_tree, dumbbell, two_tier, wan, graph, routes, queue, burst, switching, "
         "transport, software, tcp, events, traces, background"},
        {"OverrideMeaningless",
         std::string(kShortest),
         {"data.path=mnist"},
         "--set data.path: has no meaning with data.kind digits; allowed: only with data.kind idx, "
         "cifar10, images or flickr8k"},
        {"OverrideSweepUnknown",
         std::string(kShortest),
         {"sweep.network.node=[1]"},
         "--set sweep.network.node: unknown key; did you mean 'network.nodes'? allowed here: a "
         "full key such as network.nodes"},
        {"OverrideSweepScalar",
         std::string(kShortest),
         {"sweep.network.nodes=3"},
         "--set sweep.network.nodes: is '3'; allowed: a list of values, each an integer from 1 to "
         "100000"},
        {"OverrideTwoAlternatives",
         std::string(kShortest),
         {"training.batch={per_node: 1, global: 2}"},
         "--set training.batch.global: is given together with training.batch.per_node; allowed: "
         "one of the two"},
        {"OverrideRule",
         std::string(kShortest),
         {"nodes.speed=[1, 1, 1]"},
         "--set nodes.speed: 3 speeds listed for 2 nodes; allowed: one number, or one for each "
         "node"},
        {"SeveralAtOnce",
         "gradwire: 1\n"
         "name: A\n"
         "network: {nodes: 0, bandwidth: 1}\n"
         "sweep: {model.loss: [mae]}\n",
         {"repeats=0"},
         "s.yaml:2: name: 'A' is no name; allowed: 1 to 64 lower-case letters, digits and "
         "hyphens, not beginning with a hyphen\n"
         "s.yaml:3: network.nodes: 0 is out of range; allowed: an integer from 1 to 100000\n"
         "s.yaml:3: network.bandwidth: '1' has no unit; write e.g. 10Mbit (units: bit, kbit, "
         "Mbit, Gbit, Tbit); allowed: a rate from 1kbit to 800Gbit\n"
         "s.yaml:4: sweep.model.loss: 'mae' is unknown; allowed: cross-entropy, mse or focal\n"
         "--set repeats: 0 is out of range; allowed: an integer from 1 to 1000"},
    }),
    name_of);

}  // namespace
}  // namespace gradwire
