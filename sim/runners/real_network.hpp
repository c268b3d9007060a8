// What the networks of real modes cannot do.
#pragma once

#include <string>

#include "sim/scenario/plan.hpp"

namespace gradwire {

/// Throws ScenarioError if the network of a point changes while it is used or carries other
/// traffic, or if the scenario says what only the machine itself can: what carries messages, how
/// switches pass them on, what the software costs. `mode` is named in the message.
void check_real_network(const Plan& plan, const std::string& mode);

}  // namespace gradwire
