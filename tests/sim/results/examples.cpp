#include "tests/sim/results/examples.hpp"

#include <fmt/core.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gradwire {

RunDescription example_run() {
  RunDescription run;
  run.scenario_name = "vnx-mlp";
  run.mode = "virtual";
  run.resolved_scenario = "gradwire: 1\nname: vnx-mlp\nnetwork:\n  latency: 200us\n";
  run.calibration = R"({"mlp": 1})";
  run.program_version = "0.1.0";
  run.commit = "abc123";
  run.machine = R"({"cpu": "test", "cores": 2})";
  run.axes = {"network.nodes", "network.bandwidth"};
  for (const char* nodes : {"1", "2"}) {
    for (const char* bandwidth : {"10Mbit", "1Gbit"}) {
      run.points.push_back({{"network.nodes", nodes}, {"network.bandwidth", bandwidth}});
    }
  }
  run.repeats = 2;
  return run;
}

RunDescription example_run_without_sweep() {
  RunDescription run = example_run();
  run.axes.clear();
  run.points = {{}};
  return run;
}

RepeatResult example_result(int point, int repeat, int rows) {
  RepeatResult result;
  result.point = point;
  result.repeat = repeat;
  result.seed = 1 + static_cast<std::uint64_t>(repeat);
  result.train_seconds = 12.5 + point + 0.25 * repeat;
  result.epochs = rows;
  result.loss = 0.5;
  result.accuracy = 0.9;
  result.weights_sha256 = std::string(64, 'a');
  result.bytes_sent = 1'000'000 * (point + 1);
  result.extrapolated = true;
  result.steps_total = 375;
  result.steps_run = 10;
  result.steps_left_out = 5;
  result.arithmetic = "full";
  result.seconds_per_step = 0.03125;
  result.seconds_per_step_spread = 0.0009765625;
  for (int i = 0; i < rows; ++i) {
    result.nodes.push_back({i, 1.0 + i, 2.0, 3.0, 0.125, 1000 + point, 10 + repeat});
    result.epoch_results.push_back({i + 1,
                                    6.25,
                                    6.25 * (i + 1),
                                    1.0 / (i + 1),
                                    0.5,
                                    {{"loss", 1.25, {}, {}}, {"bleu4", 0.5, 0.25, 0.75}}});
    result.links.push_back({fmt::format("h{}->switch", rows - i), 2000, 0.5, 1e7, 3028 + i, i});
    result.weight_hashes.push_back({100 * i, std::string(64, 'b')});
    result.link_checks.push_back({"h0 to h1", "round-trip", 0.001, 0.001, 0.0011, i == 0});
    result.network_settings.push_back({fmt::format("setting {}", i), "on"});
  }
  result.confusion = {5, 1, 0, 7};
  result.metrics = {{0, 2, 0.5, "loss", "0.25"}, {1, 3, 0.75, "note", "a,b"}};
  result.samples = {{0, 1.0, 0.5, 4096, 10, 20, 1, 2, 0, {}, {}},
                    {0, 2.0, 0.25, 8192, 30, 40, 3, 4, 5, 0.75, 1024}};
  return result;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "gradwire-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace gradwire
