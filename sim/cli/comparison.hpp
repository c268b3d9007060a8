// Prediction against measurement, point by point.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/results/repeat_result.hpp"
#include "sim/results/run_description.hpp"
#include "sim/results/statistics.hpp"

namespace gradwire {

struct ComparedPoint {
  int point = 0;
  Summary predicted;  // training seconds over the repeats
  Summary measured;
  /// predicted / measured - 1, of the medians.
  double difference = 0.0;
  bool host_distorted = false;
  /// After how many steps both modes noted a hash of the weights, at least, and whether it is the
  /// same in every repeat that both have; none if they have no step in common.
  std::optional<std::int64_t> hashed_step;
  bool same_weights = false;
};

struct Comparison {
  std::vector<ComparedPoint> points;  // those that both modes have
  double median_difference = 0.0;     // of the absolute values
  double worst_difference = 0.0;
  /// Whether no point's weights differ.
  bool same_weights = true;
};

Comparison compare_results(const std::vector<RepeatResult>& predicted,
                           const std::vector<RepeatResult>& measured);

/// The table for the terminal, with what it amounts to below.
std::string comparison_table(const RunDescription& predicted, const RunDescription& measured,
                             const Comparison& comparison);

/// One JSON line for each point.
std::string comparison_json(const RunDescription& predicted, const RunDescription& measured,
                            const Comparison& comparison);

}  // namespace gradwire
