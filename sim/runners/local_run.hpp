// A repeat in real time: all nodes in this process, joined by TCP over loopback and paced by the
// built-in shaper.
#pragma once

#include "sim/runners/outcome.hpp"
#include "sim/runners/point_run.hpp"
#include "sim/scenario/plan.hpp"

namespace gradwire {

/// Throws ScenarioError when a point asks for what this mode cannot show (loss, jitter, processors
/// other than this machine's, a cost or an arithmetic of its own), with a pointer to the mode that
/// can.
void check_local_mode(const Plan& plan);

/// Runs the steps that the scenario asks for. Throws system_error when the machine refuses sockets
/// or threads, PeerLost when a connection breaks.
RunOutcome run_locally(const PointRun& run);

}  // namespace gradwire
