// From the settings of one point to its Scenario, with the rules between keys checked.
#pragma once

#include <string>

#include "sim/scenario/document.hpp"
#include "sim/scenario/key_lines.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire {

/// The settings with the default of every key that is not given and not excluded.
Settings with_defaults(Settings settings);

/// `settings` are those of one point, with_defaults(), no required key missing. Adds what is wrong
/// to `problems`, for this point of the sweep (empty: there is none); the result is of use only if
/// nothing was added.
Scenario build_scenario(const Settings& settings, const KeyLines& lines, const std::string& point,
                        Problems& problems);

}  // namespace gradwire
