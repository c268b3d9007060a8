// A repeat of a program of the user's own: on every host of a network that is up, in place of our
// worker.
//
// A line of rank 0 with `step` (see command_lines.hpp) is a step that has ended; it took `seconds`,
// if they stand beside it, else the time since the line of the step before. `loss` and `accuracy`
// go where those of our worker go. All pairs of all ranks are kept as metrics.
#pragma once

#include "sim/runners/process_run.hpp"
#include "sim/scenario/plan.hpp"

namespace gradwire {

/// Throws ScenarioError when a point has a command and the mode does not run it: only modes with
/// hosts do, and virtual mode predicts one whose model is a profile.
void check_command(const Plan& plan, const std::string& mode, bool has_hosts);

/// Steps that the command is asked to run (in GRADWIRE_STEPS): what real modes measure.
std::int64_t steps_wanted(const PointRun& run);

/// Runs the command on every host until all have ended; none runs then, whatever happened. The
/// first that fails, or the time limit, ends the others. Throws NodeFailure, system_error,
/// TestbedError.
RunOutcome run_command_on_hosts(const PointRun& run, Testbed& testbed,
                                const ProcessOptions& options);

/// A command that has run the steps it was asked for was measured: the training that the scenario
/// describes is extrapolated from them. Any other number of steps is the whole training; without
/// any step, it is one, from the start of the commands to the end of the last.
RepeatResult command_result(const PointRun& run, const RunOutcome& outcome);

}  // namespace gradwire
