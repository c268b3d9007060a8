// A repeat in virtual time.
#pragma once

#include "sim/runners/outcome.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {

/// Runs the whole training in virtual time; with arithmetic if `run.training` has data.
/// Deterministic. Throws CheckFailure, naming who waits for whom, if the workers block each other.
RunOutcome run_in_virtual_time(const PointRun& run);

}  // namespace gradwire
