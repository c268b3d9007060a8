// Loads a scenario from a text, as the tests of sim/scenario need it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/plan.hpp"

namespace gradwire {

/// Lines 1 and 2 of a scenario.
inline constexpr std::string_view kHead =
    "gradwire: 1\n"
    "name: test\n";

/// The shortest scenario, of 3 lines.
inline constexpr std::string_view kShortest =
    "gradwire: 1\n"
    "name: test\n"
    "network: {nodes: 2, bandwidth: 10Mbit}\n";

/// kHead and more, from line 3 on.
inline std::string headed(std::string_view more) { return std::string(kHead).append(more); }

/// kShortest and more, from line 4 on.
inline std::string shortest_with(std::string_view more) {
  return std::string(kShortest).append(more);
}

/// The plan of a file "s.yaml" with this text.
Plan load(std::string_view text, const std::vector<std::string>& overrides = {});

/// kShortest with these overrides.
inline Plan load_shortest(const std::vector<std::string>& overrides) {
  return load(kShortest, overrides);
}

/// The message that the file is refused with, its folder removed; "no error" if it is not.
std::string error_of(std::string_view text, const std::vector<std::string>& overrides = {});

/// The swept values of every point, in order: "1 10Mbit | 1 1Gbit".
std::string swept_values(const Plan& plan);

}  // namespace gradwire
