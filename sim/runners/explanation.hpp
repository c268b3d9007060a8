// Why a step of a point takes as long as it does: runs up to that step, timing only, and looks at
// what led to its end.
#pragma once

#include <string>
#include <vector>

#include "sim/calibration/calibration.hpp"
#include "sim/explain/critical_path.hpp"
#include "sim/runners/data_source.hpp"
#include "sim/scenario/plan.hpp"

namespace gradwire {

struct Explanation {
  std::int64_t step = 1;  ///< from 1
  TimePoint begin{};      ///< at rank 0
  TimePoint end{};
  /// What the time went to, the most first; adds up to end - begin.
  std::vector<PathPiece> shares;
  std::vector<std::string> links;  ///< their names, by LinkIndex
  /// The messages that arrived in the step, in that order.
  std::vector<FlowRecord> flows;
};

/// Of the first repeat. `step` counts from 1 and is one of the training's.
Explanation explain(const Point& point, std::int64_t step, DataSource& data,
                    const Calibration& calibration);

/// How many steps the training of a point has.
std::int64_t steps_of(const Point& point, DataSource& data);

}  // namespace gradwire
