// From the settings of one point to its network, with the rules between the keys of `network`
// checked.
#pragma once

#include "sim/scenario/point_settings.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire {

/// Reports what is wrong through `settings`; the result is of use only if nothing was reported.
Scenario::Network build_network(const PointSettings& settings);

}  // namespace gradwire
