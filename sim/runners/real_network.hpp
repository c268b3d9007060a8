// What the networks of real modes cannot do.
#pragma once

#include <string>

#include "sim/scenario/plan.hpp"

namespace gradwire {

/// Throws ScenarioError if the network of a point changes while it is used, or carries other
/// traffic. `mode` is named in the message.
void check_steady_network(const Plan& plan, const std::string& mode);

}  // namespace gradwire
