// What the runner of a real mode observes of a run besides the reports of the workers, across the
// interruptions of a run that goes on from checkpoints.
#pragma once

#include <functional>

#include "sim/runners/outcome.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {

/// Lets the run's checkpoints keep the links, samples and distortion of the outcome so far,
/// whatever was observed before the run went on included. `so_far` may be called as long as the
/// run's nodes train.
void keep_observations(const PointRun& run, std::function<RunOutcome()> so_far);

/// Puts what was observed before the run went on in front of what was observed since: the traffic
/// of links is added up, and the seconds of samples go on.
void add_earlier_observations(const PointRun& run, RunOutcome& outcome);

}  // namespace gradwire
