// A repeat in virtual time.
#pragma once

#include <stdexcept>

#include "sim/runners/outcome.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {

/// Links without any rate hold the training up, and nothing will change that.
class TrainingStalled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs the whole training in virtual time; with arithmetic if `run.training` has data.
/// Deterministic. Throws CheckFailure, naming who waits for whom, if the workers block each other,
/// and TrainingStalled.
RunOutcome run_in_virtual_time(const PointRun& run);

}  // namespace gradwire
