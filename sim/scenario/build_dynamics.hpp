// From the entries of network.events, network.traces and network.background to what happens to the
// network of a point.
#pragma once

#include "sim/scenario/point_settings.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire {

/// `network` is complete but for its dynamics. Reports what is wrong through `settings`; the result
/// is of use only if nothing was reported.
DynamicsSpec build_dynamics(const PointSettings& settings, const Scenario::Network& network);

}  // namespace gradwire
