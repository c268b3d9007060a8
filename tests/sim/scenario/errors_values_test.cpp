#include "sim/scenario/model_values.hpp"
#include "tests/sim/scenario/refused.hpp"

namespace gradwire {
namespace {

std::string layers_allowed() { return describe_layers(); }

INSTANTIATE_TEST_SUITE_P(
    Values, RefusedScenario,
    testing::ValuesIn(std::vector<Refused>{
        {"WrongVersion",
         "gradwire: 2\n"
         "name: test\n"
         "network: {nodes: 2, bandwidth: 10Mbit}\n",
         {},
         "s.yaml:1: gradwire: 2 is out of range; allowed: 1"},
        {"BadName",
         "gradwire: 1\n"
         "name: My scenario\n"
         "network: {nodes: 2, bandwidth: 10Mbit}\n",
         {},
         "s.yaml:2: name: 'My scenario' is no name; allowed: 1 to 64 lower-case letters, digits "
         "and hyphens, not beginning with a hyphen"},
        {"LongName",
         "gradwire: 1\n"
         "name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
         "network: {nodes: 2, bandwidth: 10Mbit}\n",
         {},
         "s.yaml:2: name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is "
         "no name; allowed: 1 to 64 lower-case letters, digits and hyphens, not beginning with a "
         "hyphen"},
        {"NodesMissing",
         headed("network: {bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.nodes: missing, but required; allowed: an integer from 1 to 100000"},
        {"BandwidthMissing",
         headed("network: {nodes: 2}\n"),
         {},
         "s.yaml:3: network.bandwidth: missing, but required; allowed: a rate from 1kbit to "
         "800Gbit"},
        {"NetworkMissing",
         std::string(kHead),
         {},
         "s.yaml:1: network.nodes: missing, but required; allowed: an integer from 1 to 100000\n"
         "s.yaml:1: network.bandwidth: missing, but required; allowed: a rate from 1kbit to "
         "800Gbit"},
        {"CommandThatIsNoList",
         shortest_with("command: python3 train.py\n"),
         {},
         "s.yaml:4: command: is 'python3 train.py'; allowed: a list of a program and "
         "its arguments"},
        {"CommandWithoutAProgram",
         shortest_with("command: []\n"),
         {},
         "s.yaml:4: command: names no program; allowed: a list of a program and its arguments"},
        {"CommandOfLists",
         shortest_with("command: [python3, [train.py]]\n"),
         {},
         "s.yaml:4: command: entry 2: is a list; allowed: a list of a program and its arguments"},
        {"TimeLimitWithoutACommand",
         shortest_with("time_limit: 1min\n"),
         {},
         "s.yaml:4: time_limit: has no meaning without command; allowed: only with it"},
        {"NoUnit",
         headed("network: {nodes: 2, bandwidth: 100}\n"),
         {},
         "s.yaml:3: network.bandwidth: '100' has no unit; write e.g. 10Mbit (units: bit, kbit, "
         "Mbit, Gbit, Tbit); allowed: a rate from 1kbit to 800Gbit"},
        {"BadUnit",
         headed("network: {nodes: 2, bandwidth: 100MB}\n"),
         {},
         "s.yaml:3: network.bandwidth: '100MB' has the unknown unit 'MB'; write e.g. 10Mbit "
         "(units: bit, kbit, Mbit, Gbit, Tbit); allowed: a rate from 1kbit to 800Gbit"},
        {"RateTooLarge",
         headed("network: {nodes: 2, bandwidth: 801Gbit}\n"),
         {},
         "s.yaml:3: network.bandwidth: 801Gbit is out of range; allowed: a rate from 1kbit to "
         "800Gbit"},
        {"RateTooSmall",
         headed("network: {nodes: 2, bandwidth: 999bit}\n"),
         {},
         "s.yaml:3: network.bandwidth: 999bit is out of range; allowed: a rate from 1kbit to "
         "800Gbit"},
        {"NegativeDuration",
         headed("network: {nodes: 2, bandwidth: 1Gbit, latency: -1ms}\n"),
         {},
         "s.yaml:3: network.latency: '-1ms' does not begin with a number; write e.g. 200us; "
         "allowed: a duration from 0ns to 60s"},
        {"DurationTooLong",
         headed("network: {nodes: 2, bandwidth: 1Gbit, latency: 61s}\n"),
         {},
         "s.yaml:3: network.latency: 61s is out of range; allowed: a duration from 0ns to 60s"},
        {"LossWithoutPercent",
         headed("network: {nodes: 2, bandwidth: 1Gbit, loss: 0.01}\n"),
         {},
         "s.yaml:3: network.loss: '0.01' is not a percentage; write e.g. 1%; allowed: a "
         "percentage from 0% to 50%"},
        {"LossTooLarge",
         headed("network: {nodes: 2, bandwidth: 1Gbit, loss: 51%}\n"),
         {},
         "s.yaml:3: network.loss: 51% is out of range; allowed: a percentage from 0% to 50%"},
        {"IntegerWithDecimals",
         headed("network: {nodes: 2.5, bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.nodes: '2.5' is not an integer; allowed: an integer from 1 to 100000"},
        {"IntegerInWords",
         headed("network: {nodes: two, bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.nodes: 'two' is not an integer; allowed: an integer from 1 to 100000"},
        {"IntegerQuoted",
         headed("network: {nodes: \"2\", bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.nodes: \"2\" is a quoted text; allowed: an integer from 1 to 100000"},
        {"IntegerOctal",
         headed("network: {nodes: 010, bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.nodes: '010' is not an integer; allowed: an integer from 1 to 100000"},
        {"IntegerZero",
         headed("network: {nodes: 0, bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.nodes: 0 is out of range; allowed: an integer from 1 to 100000"},
        {"IntegerHuge",
         shortest_with("training: {seed: 99999999999999999999}\n"),
         {},
         "s.yaml:4: training.seed: 99999999999999999999 is out of range; allowed: an integer from "
         "0 to 9007199254740991"},
        {"NumberNan",
         shortest_with("training: {optimizer: {rate: nan}}\n"),
         {},
         "s.yaml:4: training.optimizer.rate: 'nan' is not a number; allowed: a number > 0 and <= "
         "1000000"},
        {"NumberInfinite",
         shortest_with("training: {optimizer: {rate: .inf}}\n"),
         {},
         "s.yaml:4: training.optimizer.rate: '.inf' is not a number; allowed: a number > 0 and <= "
         "1000000"},
        {"NumberOverflow",
         shortest_with("training: {optimizer: {rate: 1e999}}\n"),
         {},
         "s.yaml:4: training.optimizer.rate: 1e999 is out of range; allowed: a number > 0 and <= "
         "1000000"},
        {"NumberZero",
         shortest_with("training: {optimizer: {rate: 0}}\n"),
         {},
         "s.yaml:4: training.optimizer.rate: 0 is out of range; allowed: a number > 0 and <= "
         "1000000"},
        {"NumberAtOpenEnd",
         shortest_with("training: {optimizer: {momentum: 1.0}}\n"),
         {},
         "s.yaml:4: training.optimizer.momentum: 1.0 is out of range; allowed: a number >= 0 and "
         "< 1"},
        {"NumberWithUnit",
         shortest_with("nodes: {cores: 2x}\n"),
         {},
         "s.yaml:4: nodes.cores: '2x' is not a number; allowed: a number >= 0.0001 and <= 1000000"},
        {"UnknownChoice",
         shortest_with("strategy: {kind: allreduce}\n"),
         {},
         "s.yaml:4: strategy.kind: 'allreduce' is unknown; allowed: single, all-reduce or "
         "parameter-server"},
        {"LongText",
         shortest_with("strategy: {kind: "
                       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                       "xxxxxxxxxxxxx"
                       "xxxxxxxxxxxxx}\n"),
         {},
         "s.yaml:4: strategy.kind: is a text of 101 characters; allowed: single, all-reduce or "
         "parameter-server"},
        {"ListWhereScalar",
         headed("network: {nodes: [1, 2], bandwidth: 10Mbit}\n"),
         {},
         "s.yaml:3: network.nodes: is a list; allowed: an integer from 1 to 100000"},
        {"ScalarWhereList",
         shortest_with("model: {hidden: 512}\n"),
         {},
         "s.yaml:4: model.hidden: is '512'; allowed: a list of integers from 1 to 65536"},
        {"BadListEntry",
         shortest_with("model:\n"
                       "  hidden:\n"
                       "    - 512\n"
                       "    - 0\n"),
         {},
         "s.yaml:7: model.hidden: entry 2: 0 is out of range; allowed: a list of integers from 1 "
         "to 65536"},
        {"LayerName",
         shortest_with("model: {kind: layers, layers: [gelu]}\n"),
         {},
         "s.yaml:4: model.layers: entry 1: 'gelu' is unknown; allowed: " + layers_allowed()},
        {"LayerKind",
         shortest_with("model: {kind: layers, layers: [relu, {stride: 2}]}\n"),
         {},
         "s.yaml:4: model.layers: entry 2: is a section without a kind of layer; allowed: " +
             layers_allowed()},
        {"LayerOption",
         shortest_with("model: {kind: layers, layers: [{dense: 5, stride: 2}]}\n"),
         {},
         "s.yaml:4: model.layers: entry 1: stride is an unknown key; allowed: " + layers_allowed()},
        {"LayerNumber",
         shortest_with("model: {kind: layers, layers: [{residual: [{conv: 0}]}]}\n"),
         {},
         "s.yaml:4: model.layers: entry 1: residual entry 1: conv 0 is out of range; allowed: " +
             layers_allowed()},
        {"EpochWord",
         shortest_with("training: {epoch: once}\n"),
         {},
         "s.yaml:4: training.epoch: 'once' is unknown; allowed: pass, or a section with steps"},
        {"EpochSteps",
         shortest_with("training: {epoch: {steps: 0}}\n"),
         {},
         "s.yaml:4: training.epoch.steps: 0 is out of range; allowed: an integer from 1 to "
         "1000000000"},
        {"EpochUnknown",
         shortest_with("training: {epoch: {step: 10}}\n"),
         {},
         "s.yaml:4: training.epoch.step: unknown key; did you mean 'training.epoch.steps'? "
         "allowed here: steps"},
        {"BatchNumber",
         shortest_with("training: {batch: 32}\n"),
         {},
         "s.yaml:4: training.batch: is '32'; allowed: a section with per_node, global"},
        {"BatchTwice",
         shortest_with("training:\n"
                       "  batch:\n"
                       "    per_node: 32\n"
                       "    global: 64\n"),
         {},
         "s.yaml:7: training.batch.global: is given together with training.batch.per_node; "
         "allowed: one of the two"},
        {"StepTimeAndFlops",
         shortest_with("nodes: {step_time: 10ms, flops: 50Gflops}\n"),
         {},
         "s.yaml:4: nodes.flops: is given together with nodes.step_time; allowed: one of the two"},
        {"StepTimeZero",
         shortest_with("nodes: {step_time: 0ms}\n"),
         {},
         "s.yaml:4: nodes.step_time: 0ms is out of range; allowed: a duration from 1ns to 86400s"},
        {"FlopsZero",
         shortest_with("nodes: {flops: 0flops}\n"),
         {},
         "s.yaml:4: nodes.flops: 0flops is out of range; allowed: operations a second, more than "
         "0flops, e.g. 50Gflops"},
        {"SpeedList",
         shortest_with("nodes: {speed: [1, fast]}\n"),
         {},
         "s.yaml:4: nodes.speed: entry 2: 'fast' is not a number; allowed: a number >= 0.0001 and "
         "<= 1000000, or a list of such numbers, one a node"},
        {"SpeedEmptyList",
         shortest_with("nodes: {speed: []}\n"),
         {},
         "s.yaml:4: nodes.speed: is an empty list; allowed: a number >= 0.0001 and <= 1000000, or "
         "a list of such numbers, one a node"},
        {"HostUnknownKey",
         headed("network:\n"
                "  hosts:\n"
                "    - {bandwidth: 10Mbit}\n"
                "    - {speed: 10Mbit}\n"),
         {},
         "s.yaml:6: network.hosts: entry 2: speed is an unknown key; allowed: a list, one entry a "
         "node, of {bandwidth: a rate from 1kbit to 800Gbit, latency: a duration from 0ns to 60s}"},
        {"HostBadRate",
         headed("network:\n"
                "  hosts:\n"
                "    - {bandwidth: 10Mbit}\n"
                "    - {bandwidth: 10}\n"),
         {},
         "s.yaml:6: network.hosts: entry 2: bandwidth '10' has no unit; write e.g. 10Mbit (units: "
         "bit, kbit, Mbit, Gbit, Tbit); allowed: a list, one entry a node, of {bandwidth: a rate "
         "from 1kbit to 800Gbit, latency: a duration from 0ns to 60s}"},
        {"HostTwice",
         headed("network: {hosts: [{latency: 1ms, latency: 2ms}], bandwidth: 1Mbit}\n"),
         {},
         "s.yaml:3: network.hosts: entry 1: latency is given twice; allowed: a list, one entry a "
         "node, of {bandwidth: a rate from 1kbit to 800Gbit, latency: a duration from 0ns to 60s}"},
        {"HostsEmpty",
         headed("network: {hosts: [], bandwidth: 1Mbit}\n"),
         {},
         "s.yaml:3: network.hosts: is an empty list; allowed: a list, one entry a node, of "
         "{bandwidth: a rate from 1kbit to 800Gbit, latency: a duration from 0ns to 60s}"},
        {"HostIsText",
         headed("network: {hosts: [10Mbit], bandwidth: 1Mbit}\n"),
         {},
         "s.yaml:3: network.hosts: entry 1: is '10Mbit'; allowed: a list, one entry a node, of "
         "{bandwidth: a rate from 1kbit to 800Gbit, latency: a duration from 0ns to 60s}"},
        {"RepeatsZero",
         shortest_with("repeats: 0\n"),
         {},
         "s.yaml:4: repeats: 0 is out of range; allowed: an integer from 1 to 1000"},
    }),
    name_of);

}  // namespace
}  // namespace gradwire
