#include "sim/runners/outcome.hpp"

#include <algorithm>
#include <numeric>

#include "netmodel/check.hpp"
#include "sim/runners/step_controls.hpp"
#include "trainer/replica.hpp"

namespace gradwire {
namespace {

// How long each step took at rank 0: the ranks of a synchronous training keep step.
std::vector<double> step_seconds(const PointRun& run, const WorkerReport& report) {
  const auto steps_per_epoch = static_cast<std::size_t>(run.training.samples.steps_per_epoch());
  std::vector<double> seconds;
  for (std::size_t i = 0; i < report.step_ends.size(); ++i) {
    const bool first_of_epoch = i % steps_per_epoch == 0;
    const TimePoint start =
        first_of_epoch ? report.epochs[i / steps_per_epoch].start : report.step_ends[i - 1];
    seconds.push_back(to_seconds(report.step_ends[i] - start));
  }
  return seconds;
}

void add_epochs(const PointRun& run, const RunOutcome& outcome, RepeatResult& result) {
  double end_seconds = 0.0;
  for (std::size_t epoch = 0; epoch < outcome.workers[0].epochs.size(); ++epoch) {
    TimePoint start = TimePoint::max();
    TimePoint end{};
    double loss_sum = 0.0;
    std::int64_t samples = 0;
    for (const WorkerReport& worker : outcome.workers) {
      start = std::min(start, worker.epochs[epoch].start);
      end = std::max(end, worker.epochs[epoch].end);
      loss_sum += worker.epochs[epoch].loss_sum;
      samples += worker.epochs[epoch].samples;
    }
    EpochResult record;
    record.epoch = static_cast<int>(epoch) + 1;
    record.seconds = to_seconds(end - start);
    end_seconds += record.seconds;
    record.end_seconds = end_seconds;
    if (run.training.data) record.loss = loss_sum / static_cast<double>(samples);
    record.accuracy = outcome.workers[0].epochs[epoch].accuracy;
    for (const auto& [name, value, low, high] : outcome.workers[0].epochs[epoch].scores) {
      record.scores.push_back({name, value, low, high});
    }
    result.epoch_results.push_back(record);
  }
  result.train_seconds = end_seconds;
  result.seconds_per_step = end_seconds / static_cast<double>(result.steps_run);
  result.loss = result.epoch_results.back().loss;
  result.accuracy = result.epoch_results.back().accuracy;
}

void extrapolate(const PointRun& run, const RunOutcome& outcome, RepeatResult& result) {
  std::vector<double> seconds = step_seconds(run, outcome.workers[0]);
  const auto warmup = std::min<std::ptrdiff_t>(run.measure ? run.measure->warmup : 0,
                                               static_cast<std::ptrdiff_t>(seconds.size()) - 1);
  seconds.erase(seconds.begin(), seconds.begin() + warmup);
  const MeanInterval step = mean_interval(seconds);
  result.extrapolated = true;
  result.seconds_per_step = step.mean;
  result.seconds_per_step_spread = step.half_width;
  result.train_seconds = step.mean * static_cast<double>(result.steps_total);
  const double epoch_seconds =
      step.mean * static_cast<double>(run.training.samples.steps_per_epoch());
  for (int epoch = 1; epoch <= result.epochs; ++epoch) {
    result.epoch_results.push_back({epoch, epoch_seconds, epoch * epoch_seconds, {}, {}, {}});
  }
  const __int128 bytes = static_cast<__int128>(result.bytes_sent) * result.steps_total;
  result.bytes_sent = static_cast<std::int64_t>(bytes / result.steps_run);
}

// Of nodes with a hash each, which have parts of the model, that of all of these; otherwise the
// first node's.
std::string hash_of(const std::vector<std::string>& by_rank) {
  if (by_rank.size() == 1 || by_rank[1].empty()) return by_rank[0];
  std::string all;
  for (const std::string& hash : by_rank) all += hash;
  return sha256(all);
}

void add_hashes(const std::vector<WorkerReport>& workers, RepeatResult& result) {
  const WorkerReport& first = workers[0];
  std::vector<std::string> last;
  last.reserve(workers.size());
  for (const WorkerReport& worker : workers) last.push_back(worker.weights_sha256);
  result.weights_sha256 = hash_of(last);
  for (const auto& [step, hash] : first.hashes) {
    std::vector<std::string> then;
    for (const WorkerReport& worker : workers) {
      const auto known = worker.hashes.find(step);
      then.push_back(known == worker.hashes.end() ? "" : known->second);
    }
    result.weight_hashes.push_back({step, hash_of(then)});
  }
  if (!first.weights_sha256.empty() && !first.hashes.contains(result.steps_run)) {
    result.weight_hashes.push_back({result.steps_run, result.weights_sha256});
  }
}

}  // namespace

RepeatResult to_result(const PointRun& run, const RunOutcome& outcome,
                       const std::string& arithmetic) {
  const WorkerReport& first = outcome.workers.at(0);
  RepeatResult result;
  result.point = run.point;
  result.repeat = run.repeat;
  result.seed = run.training.seed;
  result.epochs = run.training.samples.epochs;
  result.arithmetic = arithmetic;
  result.steps_total = run.training.samples.steps();
  result.steps_run = static_cast<std::int64_t>(first.step_ends.size());
  CHECK(result.steps_run >= 1, "no step was run");
  result.steps_left_out = outcome.steps_left_out;
  for (std::size_t rank = 0; rank < outcome.workers.size(); ++rank) {
    const WorkerReport& worker = outcome.workers[rank];
    result.nodes.push_back({static_cast<int>(rank), to_seconds(worker.compute),
                            to_seconds(worker.exchange.send), to_seconds(worker.exchange.wait),
                            to_seconds(worker.exchange.reduce), worker.sent.bytes.count,
                            worker.sent.messages});
    result.bytes_sent += worker.sent.bytes.count;
  }
  for (const LinkTraffic& link : outcome.links) {
    LinkUsage& usage = result.links.emplace_back();
    usage.link = link.name;
    usage.bytes = link.bytes.count;
    usage.busy_seconds = to_seconds(link.busy);
    usage.requested_bits_per_second = static_cast<double>(link.rate.count);
    if (link.queue_peak) usage.queue_peak_bytes = link.queue_peak->count;
    if (link.micro_drops) usage.drops = (*link.micro_drops + 500'000) / 1'000'000;
  }
  result.link_checks = outcome.link_checks;
  result.network_settings = outcome.network_settings;
  result.confusion = first.confusion;
  result.metrics = outcome.metrics;
  result.samples = outcome.samples;
  add_hashes(outcome.workers, result);
  result.distortion = outcome.distortion;
  result.host_distorted = !outcome.distortion.empty();
  if (result.steps_run < result.steps_total) {
    extrapolate(run, outcome, result);
  } else {
    add_epochs(run, outcome, result);
  }
  return result;
}

}  // namespace gradwire
