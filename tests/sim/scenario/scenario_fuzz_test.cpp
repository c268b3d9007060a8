// Scenario files, and the tables of layers that they name, damaged at random: read, or refused with
// a ScenarioError.
#include "sim/scenario/plan.hpp"
#include "sim/scenario/text.hpp"
#include "tests/damaged_files.hpp"

namespace gradwire {
namespace {

// What means something to YAML, or to a key.
const std::vector<std::string>& pieces() {
  static const std::vector<std::string> pieces = {
      "[",    "{",  "]",           "}",        "&a ",      "*a", "!!binary ", "<<: ",
      "? ",   "- ", "\n",          "\t",       ": ",       "'",  "\"",        "|\n",
      "#",    "~",  "%",           "---\n",    "...\n",    "-1", "1e400",     ".nan",
      ".inf", "0x", "99999999999", "10Mbit",   "1000000h", "5%", "\xff\xfe",  "null",
      "[]",   "{}", "true",        "network: "};
  return pieces;
}

class ScenarioFiles : public DamagedFiles {
 protected:
  void check(const std::vector<File>& files) {
    may_be_shown_ = [](const std::string& what) { return escaped(what) == what; };
    check_reader<ScenarioError>(
        files, [this] { load_plan(folder_ / "s.yaml"); }, pieces());
  }
};

TEST_F(ScenarioFiles, Sweeps) {
  check({{"s.yaml",
          "gradwire: 1\n"
          "name: damaged\n"
          "about: \"A text: quoted\"\n"
          "model: {kind: layers, layers: [{conv: 4, stride: 2}, relu, {residual: [{conv: 4}]}, "
          "flatten, {dense: 8}]}\n"
          "data: {kind: shapes, train: 60, test: 10, partition: {kind: dirichlet, alpha: 0.3, "
          "shares: [1, 2, 3]}}\n"
          "training: {batch: {global: 12}, epoch: {steps: 3}, optimizer: {kind: adamw, "
          "schedule: {kind: step, factor: 0.5}}}\n"
          "strategy:\n"
          "  kind: all-reduce\n"
          "  algorithm: all-to-all\n"
          "network: {nodes: 3, latency: 200us, jitter: 10us, loss: 0.1%, tcp: {receive_buffer: "
          "1MiB}, hosts: [{bandwidth: 1Mbit}, {}, {latency: 1ms}]}\n"
          "nodes: {speed: [1, 0.5, 2], step_time: 5ms}\n"
          "measure: {warmup: 1, steps: 5, at_most: 10s}\n"
          "sweep:\n"
          "  network.bandwidth: [10Mbit, 1Gbit]\n"
          "  training.batch.global: [12, 24]\n"
          "repeats: 2\n"}});
}

TEST_F(ScenarioFiles, GraphsAndEvents) {
  check({{"s.yaml",
          "gradwire: 1\n"
          "name: damaged\n"
          "network:\n"
          "  topology: graph\n"
          "  graph:\n"
          "    hosts: [a, b]\n"
          "    switches: [s]\n"
          "    links:\n"
          "      - {from: a, to: s, bandwidth: 10Mbit}\n"
          "      - {from: s, to: b, bandwidth: 1Gbit, latency: 1ms}\n"
          "  events:\n"
          "    - {do: set, at: 1s, host: a, bandwidth: 5Mbit}\n"
          "    - {do: flap, every: 10s, for: 1s, host: b}\n"
          "  background:\n"
          "    - {kind: poisson, from: a, to: b, every: 5ms, size: 10kB}\n"}});
}

TEST_F(ScenarioFiles, TablesOfLayers) {
  check({{"s.yaml",
          "gradwire: 1\n"
          "name: damaged\n"
          "model: {kind: profile, table: table.yaml, bucket: 1MB}\n"
          "data: {kind: none, train: 100}\n"
          "network: {nodes: 2, bandwidth: 1Gbit}\n"},
         {"table.yaml",
          "- {name: one, parameters: 1000, forward: 1ms, backward: 2ms}\n"
          "- {name: two, parameters: 2000, forward: 3ms, backward: 2ms}\n"}});
}

}  // namespace
}  // namespace gradwire
