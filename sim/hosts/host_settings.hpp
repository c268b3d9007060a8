// What a point of a scenario says of its hosts beside their network.
#pragma once

#include <string>

#include "sim/hosts/host_plan.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire {

/// `name` is the scenario's.
HostSettings host_settings(const std::string& name, const Scenario& scenario);

}  // namespace gradwire
