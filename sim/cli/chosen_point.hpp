// The commands that are about one network: which point of a scenario's sweep, and which repeat.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sim/scenario/plan.hpp"

namespace gradwire {

struct PointArguments {
  std::string scenario;
  std::vector<std::string> overrides;
  int point = -1;  // none
  int repeat = 0;
};

void add_point_arguments(CLI::App& command, PointArguments& arguments);

/// The only point of the plan, or the one that --point names. Throws UsageError.
const Point& chosen_point(const Plan& plan, const PointArguments& arguments);

}  // namespace gradwire
