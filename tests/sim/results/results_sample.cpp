// results_sample KIND FOLDER: writes results as a run would leave them, and prints the summary of
// each point's training times as one line of JSON. For the tests of analysis/ and for looking at
// figures without running anything.
//
// The times follow the textbook cost of a ring all-reduce, 2 (N-1) messages of 1/N of the gradients
// a step, so that figures look as they do for real results.
#include <array>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "sim/results/quantity.hpp"
#include "sim/results/result_store.hpp"
#include "sim/results/statistics.hpp"

namespace gradwire {
namespace {

constexpr double kGradientBytes = 2.14e6;  // MLP 784-512-256-10 in single precision
constexpr double kSamples = 12000;
constexpr double kBatch = 32;
constexpr double kComputeSeconds = 0.4e-3;  // a step
constexpr double kLatencySeconds = 200e-6;

struct Axis {
  std::string key;
  std::vector<std::string> values;
};

struct Kind {
  std::string name;
  std::string mode;
  std::vector<Axis> axes;
  int repeats;
  int epochs;
  double noise;  // relative, of the training time
};

const Axis kNodes = {"network.nodes", {"1", "2", "3", "4"}};
const Axis kBandwidth = {"network.bandwidth", {"10Mbit", "50Mbit", "100Mbit", "1Gbit"}};
const Axis kAlgorithm = {"strategy.algorithm", {"ring", "all-to-all"}};

// Few: five repeats, a range. Many: up to thirty repeats, fewer in the first points.
const std::array kKinds = {
    Kind{"virtual", "virtual", {kNodes, kBandwidth}, 1, 1, 0},
    Kind{"local", "local", {kNodes, kBandwidth}, 5, 1, 0.05},
    Kind{"single", "local", {kNodes, kBandwidth}, 1, 1, 0.05},
    Kind{"algorithms", "virtual", {kNodes, kBandwidth, kAlgorithm}, 1, 1, 0},
    Kind{"many", "local", {{"network.nodes", {"1", "2", "4", "8"}}}, 30, 1, 0.2},
    Kind{"accuracy", "virtual", {{"network.nodes", {"1", "2", "4"}}, kAlgorithm}, 3, 10, 0},
    Kind{"plain", "virtual", {}, 3, 5, 0},
    Kind{"captions", "virtual", {{"data.pictures", {"given", "shuffled"}}}, 1, 8, 0},
    Kind{"hosts", "netns", {{"network.nodes", {"1", "2"}}, kBandwidth}, 2, 1, 0.05},
    Kind{"timing", "virtual", {kNodes}, 1, 1, 0},
};

std::vector<PointValues> cross_product(const std::vector<Axis>& axes) {
  std::vector<PointValues> points = {{}};
  for (const Axis& axis : axes) {
    std::vector<PointValues> longer;
    for (const PointValues& point : points) {
      for (const std::string& value : axis.values) {
        longer.push_back(point);
        longer.back().emplace_back(axis.key, value);
      }
    }
    points = std::move(longer);
  }
  return points;
}

RunDescription describe(const Kind& kind) {
  RunDescription run;
  run.scenario_name = "vnx-mlp";
  run.mode = kind.mode;
  run.resolved_scenario =
      "gradwire: 1\nname: vnx-mlp\nnetwork:\n  nodes: 2\n  bandwidth: 100Mbit\n";
  run.program_version = "0.1.0";
  run.commit = "sample";
  run.machine = "{}";
  for (const Axis& axis : kind.axes) run.axes.push_back(axis.key);
  run.points = cross_product(kind.axes);
  run.repeats = kind.repeats;
  return run;
}

double number_or(const PointValues& values, const std::string& key, double otherwise) {
  for (const auto& [name, text] : values) {
    if (name == key) return read_quantity(text).value().number;
  }
  return otherwise;
}

bool has_value(const PointValues& values, const std::string& wanted) {
  for (const auto& [key, text] : values) {
    if (text == wanted) return true;
  }
  return false;
}

// Of the last epoch, better with pictures that belong to their captions.
void add_bleu(bool given, RepeatResult& result) {
  EpochResult& epoch = result.epoch_results.back();
  double score = (given ? 0.9 : 0.5) * (1 - std::exp(-0.5 * epoch.epoch));
  for (const char* name : {"bleu1", "bleu2", "bleu3", "bleu4"}) {
    epoch.scores.push_back({name, score, score - 0.02, score + 0.02});
    score *= given ? 0.9 : 0.6;
  }
}

// Two seconds and a half: rank r uses (r + 1) / 4 of a core, and sends 1 MB a second.
void add_samples(int nodes, RepeatResult& result) {
  for (const double seconds : {1.0, 2.0, 2.5}) {
    for (int rank = 0; rank < nodes; ++rank) {
      const double interval = seconds > 2 ? 0.5 : 1;
      const auto bytes = static_cast<std::int64_t>(1e6 * interval);
      result.samples.push_back({rank,
                                seconds,
                                (rank + 1) / 4.0,
                                50'000'000,
                                bytes / 2,
                                bytes,
                                bytes / 3000,
                                bytes / 1500,
                                0,
                                {},
                                {}});
    }
  }
}

RepeatResult make_repeat(const Kind& kind, const PointValues& values, int point, int repeat,
                         std::mt19937_64& random) {
  const double nodes = number_or(values, "network.nodes", 2);
  const double bits_per_second = number_or(values, "network.bandwidth", 1e8);
  const double rounds = has_value(values, "all-to-all") ? nodes - 1 : 2 * (nodes - 1) / nodes;
  const double steps = std::ceil(kSamples / kBatch / nodes);
  const double unit = static_cast<double>(random() >> 11) * 0x1p-53;  // uniform in [0, 1)
  // Skewed, as measured times are: never faster than the model, sometimes much slower.
  const double slowdown = 1 - kind.noise * std::log(1 - unit);
  const double send = kGradientBytes * rounds * 8 / bits_per_second * slowdown;
  const double wait = 2 * (nodes - 1) * kLatencySeconds;
  const double reduce = rounds * kGradientBytes / 4e9;
  const double step_seconds = kComputeSeconds * slowdown + send + wait + reduce;

  RepeatResult result;
  result.point = point;
  result.repeat = repeat;
  result.seed = 1 + static_cast<std::uint64_t>(repeat);
  result.epochs = kind.epochs;
  result.steps_total = static_cast<std::int64_t>(steps) * kind.epochs;
  result.seconds_per_step = step_seconds;
  result.train_seconds = step_seconds * static_cast<double>(result.steps_total);
  result.bytes_sent =
      static_cast<std::int64_t>(nodes * rounds * kGradientBytes) * result.steps_total;
  result.extrapolated = kind.mode == "local";
  result.steps_run = result.extrapolated ? 10 : result.steps_total;
  result.seconds_per_step_spread = result.extrapolated ? 0.1 * step_seconds : 0;
  result.arithmetic = kind.name == "timing" ? "off" : "full";
  const auto times = static_cast<double>(result.steps_run);
  for (int rank = 0; rank < static_cast<int>(nodes); ++rank) {
    result.nodes.push_back({rank, kComputeSeconds * slowdown * times, send * times, wait * times,
                            reduce * times, result.bytes_sent / static_cast<std::int64_t>(nodes),
                            result.steps_total});
  }
  if (kind.name == "hosts") add_samples(static_cast<int>(nodes), result);
  for (int epoch = 1; epoch <= kind.epochs && kind.name != "timing"; ++epoch) {
    const double seconds = result.train_seconds / kind.epochs;
    const double progress = epoch / (1 + 0.2 * nodes);
    result.epoch_results.push_back({epoch, seconds, seconds * epoch, 0.9 / (1 + progress),
                                    0.985 - 0.12 / (1 + progress) - 0.004 * unit});
    if (kind.name == "captions") add_bleu(has_value(values, "given"), result);
    result.loss = result.epoch_results.back().loss;
    result.accuracy = result.epoch_results.back().accuracy;
  }
  return result;
}

nlohmann::ordered_json summary_of(int point, const std::vector<double>& seconds) {
  constexpr std::array kSpreadNames = {"none", "range", "interval95"};
  const Summary summary = summarise(seconds);
  nlohmann::ordered_json json;
  json["point"] = point;
  json["count"] = summary.count;
  json["median"] = summary.median;
  json["low"] = summary.low;
  json["high"] = summary.high;
  json["spread"] = kSpreadNames.at(static_cast<std::size_t>(summary.spread));
  return json;
}

void write_sample(const Kind& kind, const std::filesystem::path& folder) {
  const RunDescription run = describe(kind);
  ResultStore store = ResultStore::open(folder, run);
  std::mt19937_64 random(1);
  for (int point = 0; point < std::ssize(run.points); ++point) {
    const int repeats = kind.name == "many" ? kind.repeats - 8 * (3 - point) : kind.repeats;
    std::vector<double> seconds;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      store.add(
          make_repeat(kind, run.points[static_cast<std::size_t>(point)], point, repeat, random));
      seconds.push_back(store.repeats().back().train_seconds);
    }
    std::cout << summary_of(point, seconds).dump() << "\n";
  }
}

}  // namespace
}  // namespace gradwire

int main(int argc, char** argv) {
  if (argc == 3) {
    for (const gradwire::Kind& kind : gradwire::kKinds) {
      if (kind.name != argv[1]) continue;
      gradwire::write_sample(kind, argv[2]);
      return 0;
    }
  }
  std::cerr << "usage: results_sample KIND FOLDER; kinds:";
  for (const gradwire::Kind& kind : gradwire::kKinds) std::cerr << " " << kind.name;
  std::cerr << "\n";
  return 2;
}
