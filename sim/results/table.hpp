// The results as a table for the terminal: one row a point.
#pragma once

#include <string>
#include <vector>

#include "sim/results/repeat_result.hpp"
#include "sim/results/run_description.hpp"

namespace gradwire {

/// Swept keys, finished repeats, median training time with its spread, accuracy, time per step and
/// bytes sent, followed by a legend of the marks that occur. Points without a finished repeat have
/// dashes. `colour` adds ANSI escape codes.
std::string result_table(const RunDescription& description,
                         const std::vector<RepeatResult>& results, bool colour = false);

}  // namespace gradwire
