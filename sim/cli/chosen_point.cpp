#include "sim/cli/chosen_point.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/prepare.hpp"

namespace gradwire {

void add_point_arguments(CLI::App& command, PointArguments& arguments) {
  command.add_option("scenario", arguments.scenario, "Scenario file (YAML)")
      ->required()
      ->type_name("FILE");
  add_override_option(command, arguments.overrides);
  command
      .add_option("--point", arguments.point,
                  "Which point of a sweep, from 0 [default: the only one]")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000).description(""));
  command
      .add_option("--repeat", arguments.repeat,
                  "Which repeat, from 0: it decides among equal ways [default: 0]")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000).description(""));
}

const Point& chosen_point(const Plan& plan, const PointArguments& arguments) {
  const auto points = static_cast<int>(plan.points.size());
  if (arguments.point < 0 && points > 1) {
    throw UsageError(
        fmt::format("--point: {} has {} points, each with a network of its own; "
                    "allowed: 0 to {}, or --set for the keys that are swept",
                    arguments.scenario, points, points - 1));
  }
  if (arguments.point >= points) {
    throw UsageError(fmt::format("--point: {} has no point {}; allowed: 0 to {}",
                                 arguments.scenario, arguments.point, points - 1));
  }
  return plan.points[static_cast<std::size_t>(std::max(arguments.point, 0))];
}

}  // namespace gradwire
