// What one finished repeat of one point of a scenario yields, in every mode: pure data. Runners
// make it, the result store keeps it, the exports, the table and the figures show it.
//
// Times are in seconds of the run's own clock (virtual or real). A loss or an accuracy that is
// absent was not computed (timing only, or it diverged to a value that is not a number).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gradwire {

/// Where the time of one node went in the steps that ran (steps_run of them). The four
/// parts need not add up to the time of these steps: a node may compute while it sends.
struct NodeTimes {
  int rank = 0;
  double compute_seconds = 0;
  double send_seconds = 0;
  double wait_seconds = 0;    // for messages that had not arrived yet
  double reduce_seconds = 0;  // adding received gradients to its own
  std::int64_t bytes_sent = 0;
  std::int64_t messages_sent = 0;

  friend bool operator==(const NodeTimes&, const NodeTimes&) = default;
};

/// A figure of how good the model was on the test split after an epoch; docs/results.md lists them.
struct EpochScore {
  std::string name;
  std::optional<double> value;  // absent: not a number, as after a training that diverged
  std::optional<double> low;    // the 95 % interval over the samples of the test split, if known
  std::optional<double> high;

  friend bool operator==(const EpochScore&, const EpochScore&) = default;
};

struct EpochResult {
  int epoch = 1;                   // counted from 1
  double seconds = 0;              // how long this epoch took
  double end_seconds = 0;          // when it ended, counted from the start of training
  std::optional<double> loss;      // mean training loss of the epoch
  std::optional<double> accuracy;  // fraction of the test split that is classified right
  std::vector<EpochScore> scores{};

  friend bool operator==(const EpochResult&, const EpochResult&) = default;
};

/// What crossed one directed link in the steps that ran.
struct LinkUsage {
  std::string link;
  std::int64_t bytes = 0;
  double busy_seconds = 0;
  std::optional<double> requested_bits_per_second;
  /// What stood in front of it at most, and packets that were lost on it: where the network is a
  /// model.
  std::optional<std::int64_t> queue_peak_bytes{};
  std::optional<std::int64_t> drops{};

  friend bool operator==(const LinkUsage&, const LinkUsage&) = default;
};

/// The SHA-256 (hexadecimal) of all weights after a step; equal in every mode for a synchronous
/// strategy and the same seed.
struct WeightHash {
  std::int64_t step = 0;
  std::string sha256;

  friend bool operator==(const WeightHash&, const WeightHash&) = default;
};

/// What a real network was asked for between two hosts, and what it delivered before the training
/// began: a goodput in bits per second, a round trip in seconds, or a loss as a fraction.
struct LinkCheck {
  std::string way;       // "host0 to host1"
  std::string quantity;  // goodput, round-trip or loss
  double requested = 0;  // by the scenario
  double expected = 0;   // of the measurement, headers and both directions accounted for
  double delivered = 0;
  bool within = false;  // the tolerance

  friend bool operator==(const LinkCheck&, const LinkCheck&) = default;
};

/// What a real network was built with: "switch" is "ovs", "tcp.congestion" is "cubic".
struct NetworkSetting {
  std::string name;
  std::string value;

  friend bool operator==(const NetworkSetting&, const NetworkSetting&) = default;
};

/// What a command of the user's own has reported: one pair of one line `gradwire: key=value ...`.
struct ReportedMetric {
  int rank = 0;
  std::int64_t line = 0;  // of the output of this rank, from 1
  double seconds = 0;     // when the line came, since the commands were started
  std::string key;
  std::string value;

  friend bool operator==(const ReportedMetric&, const ReportedMetric&) = default;
};

/// What a node used since its sample before, or since the training began.
struct ResourceSample {
  int rank = 0;
  double seconds = 0;               // since the training began
  double cpu_share = 0;             // of one core: 1.5 are one and a half
  std::int64_t memory_bytes = 0;    // resident, of all its processes, at that moment
  std::int64_t bytes_received = 0;  // these four by all its interfaces, with headers
  std::int64_t bytes_sent = 0;
  std::int64_t packets_received = 0;
  std::int64_t packets_sent = 0;
  std::int64_t retransmits = 0;     // segments that its TCP sent again
  std::optional<double> gpu_share;  // of all GPUs of the machine, whoever uses them; 1: busy
  std::optional<std::int64_t> gpu_memory_bytes;

  friend bool operator==(const ResourceSample&, const ResourceSample&) = default;
};

struct RepeatResult {
  int point = 0;   // index into RunDescription::points
  int repeat = 0;  // counted from 0
  std::uint64_t seed = 0;
  double train_seconds = 0;
  int epochs = 0;
  std::optional<double> loss;      // of the last epoch
  std::optional<double> accuracy;  // after the last epoch
  std::string weights_sha256;      // of the final weights; empty when there are none (timing only)
  std::int64_t bytes_sent = 0;  // by all nodes in the whole training; extrapolated as train_seconds
  bool host_distorted = false;  // the machine was too busy for the times to be believed
  std::string distortion;       // why; empty if it was not
  bool extrapolated = false;    // train_seconds = steps_total x seconds_per_step
  std::int64_t steps_total = 0;     // of the whole training
  std::int64_t steps_run = 0;       // that really ran, the warm-up included
  std::int64_t steps_left_out = 0;  // of steps_run: known to repeat others, and not run again
  std::string arithmetic;           // full, shared, off, or command: a program of the user's own
  double seconds_per_step = 0;      // when extrapolated: the mean of the steps after the warm-up
  /// Half-width of the 95 % interval of seconds_per_step within this repeat; 0 when unknown.
  double seconds_per_step_spread = 0;

  std::vector<NodeTimes> nodes;
  std::vector<EpochResult> epoch_results;
  std::vector<LinkUsage> links;
  std::vector<WeightHash> weight_hashes;
  std::vector<LinkCheck> link_checks;
  std::vector<NetworkSetting> network_settings;
  /// After the last epoch: how many test samples of the label of the row were taken for the class
  /// of the column, classes x classes; empty where there is none.
  std::vector<std::int64_t> confusion{};
  std::vector<ReportedMetric> metrics{};  // by rank and line
  std::vector<ResourceSample> samples{};  // by time and rank

  friend bool operator==(const RepeatResult&, const RepeatResult&) = default;
};

}  // namespace gradwire
