#include "tests/sim/scenario/refused.hpp"

namespace gradwire {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Keys, RefusedScenario,
    testing::ValuesIn(std::vector<Refused>{
        {"NothingGiven",
         "{}\n",
         {},
         "s.yaml:1: gradwire: missing, but required; allowed: 1\n"
         "s.yaml:1: name: missing, but required; allowed: 1 to 64 lower-case letters, digits and "
         "hyphens, not beginning with a hyphen\n"
         "s.yaml:1: network.nodes: missing, but required; allowed: an integer from 1 to 100000\n"
         "s.yaml:1: network.bandwidth: missing, but required; allowed: a rate from 1kbit to "
         "800Gbit"},
        {"UnknownSection",
         headed("netwrok: {nodes: 2}\n"
                "network: {nodes: 2, bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: netwrok: unknown key; did you mean 'network'? allowed here: gradwire, name, "
         "about, model, data, training, strategy, network, nodes, arithmetic, command, time_limit, "
         "fast_forward, "
         "measure, repeats, sweep"},
        {"UnknownKey",
         headed("network: {nodes: 2, bandwith: 10Mbit, bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.bandwith: unknown key; did you mean 'network.bandwidth'? allowed "
         "here: topology, nodes, bandwidth, latency, jitter, jitter_distribution, loss, routing, "
         "weights, hosts, tree, torus_2d, torus_3d, fat_tree, dumbbell, two_tier, wan, graph, "
         "routes, queue, burst, switching, "
         "transport, software, tcp, events, traces, background"},
        {"UnknownKeyOfAnotherSection",
         shortest_with("bandwidth: 10Mbit\n"),
         {},
         "s.yaml:4: bandwidth: unknown key; did you mean 'network.bandwidth'? allowed here: "
         "gradwire, name, about, model, data, training, strategy, network, nodes, arithmetic, "
         "command, time_limit, fast_forward, measure, repeats, sweep"},
        {"UnknownKeyLikeNothing",
         shortest_with("xylophone: 1\n"),
         {},
         "s.yaml:4: xylophone: unknown key; allowed here: gradwire, name, about, model, data, "
         "training, strategy, network, nodes, arithmetic, command, time_limit, fast_forward, "
         "measure, repeats, sweep"},
        {"DottedKeyInFile",
         shortest_with("training.seed: 3\n"),
         {},
         "s.yaml:4: training.seed: unknown key; write 'seed' inside the section 'training'; "
         "allowed here: gradwire, name, about, model, data, training, strategy, network, nodes, "
         "arithmetic, command, time_limit, fast_forward, measure, repeats, sweep"},
        {"HalfDottedKeyInFile",
         shortest_with("training: {batch.global: 64}\n"),
         {},
         "s.yaml:4: training.batch.global: unknown key; write 'global' inside the section "
         "'training.batch'; allowed here: batch, epoch, epochs, optimizer, seed, checkpoint, "
         "weights"},
        {"KeyThatIsAList",
         shortest_with("[a, b]: 1\n"),
         {},
         "s.yaml:4: a key is a list; allowed: a name"},
        {"DuplicateKey",
         shortest_with("repeats: 1\n"
                       "repeats: 2\n"),
         {},
         "s.yaml:5: repeats: is given twice, first in line 4; allowed: once"},
        {"DuplicateSection",
         shortest_with("model: {kind: mlp}\n"
                       "model: {kind: mlp}\n"),
         {},
         "s.yaml:5: model: is given twice, first in line 4; allowed: once"},
        {"DuplicateKeyInSection",
         headed("network:\n"
                "  nodes: 2\n"
                "  bandwidth: 10Mbit\n"
                "  nodes: 3\n"),
         {},
         "s.yaml:6: network.nodes: is given twice, first in line 4; allowed: once"},
        {"SectionIsText",
         shortest_with("model: mlp\n"),
         {},
         "s.yaml:4: model: is 'mlp'; allowed: a section with kind, hidden, depth, layers, "
         "activation, trains, keep, rank, kernel, table, gradients, bucket, width, dropout, "
         "extractor, beam, length_penalty, no_repeat, samples, drafts, loss, gamma, init, weights"},
        {"SectionIsEmpty",
         shortest_with("model:\n"),
         {},
         "s.yaml:4: model: is empty; allowed: a section with kind, hidden, depth, layers, "
         "activation, trains, keep, rank, kernel, table, gradients, bucket, width, dropout, "
         "extractor, beam, length_penalty, no_repeat, samples, drafts, loss, gamma, init, weights"},
        {"SectionIsList",
         shortest_with("training: {batch: [32]}\n"),
         {},
         "s.yaml:4: training.batch: is a list; allowed: a section with per_node, global"},
        {"KeyIsSection",
         shortest_with("training: {epochs: {steps: 3}}\n"),
         {},
         "s.yaml:4: training.epochs: is a section; allowed: an integer from 1 to 1000000"},
        {"KeyIsEmpty",
         shortest_with("training: {epochs: }\n"),
         {},
         "s.yaml:4: training.epochs: is empty; allowed: an integer from 1 to 1000000"},
    }),
    name_of);

}  // namespace
}  // namespace gradwire
