// What the processors of this machine cannot be: said before anything runs in a real mode.
#pragma once

#include <string>

#include "sim/scenario/plan.hpp"

namespace gradwire {

/// Throws ScenarioError when a point asks for processors other than this machine's, or for a cost
/// or an arithmetic of its own; `mode` is the mode's name.
void check_processors(const Plan& plan, const std::string& mode);

/// The same where control groups hold the hosts: cores below 1 are a limit that can be had.
void check_limited_processors(const Plan& plan, const std::string& mode);

/// Throws ScenarioError when a point limits hosts by what only control groups can.
void check_no_limits(const Plan& plan, const std::string& mode);

}  // namespace gradwire
