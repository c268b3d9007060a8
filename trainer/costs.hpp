// What the steps of a training cost on one core of a node of speed 1. Where a cost comes from (a
// calibration, the scenario) is not known here; a cost that nobody gave does not exist.
#pragma once

#include <map>

#include "netmodel/units.hpp"

namespace gradwire {

/// Time of one forward and backward pass by the number of samples in the batch.
class StepCost {
 public:
  /// At least one measurement, rows >= 1. Between two of them the cost is linear in the rows,
  /// beyond the ends proportional to them.
  explicit StepCost(std::map<int, Duration> by_rows);

  /// Zero for zero rows.
  Duration of(int rows) const;

  const std::map<int, Duration>& by_rows() const { return by_rows_; }

 private:
  std::map<int, Duration> by_rows_;
};

struct Costs {
  StepCost gradients;
  /// Of one optimizer step.
  Duration update{};
  /// How fast arriving gradients are summed: bits of arriving data a second.
  BitsPerSecond reduce{};
};

}  // namespace gradwire
