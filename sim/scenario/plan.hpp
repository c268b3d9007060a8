// A scenario file as a plan: every point of its sweep, in order, ready to run.
//
//   Plan plan = load_plan("scenarios/quickstart.yaml", {"network.nodes=4"});
//   for (const Point& point : plan.points) run(point.scenario);
//
// The keys, their types, ranges and defaults are one table, keys.hpp; docs/scenario.md explains
// them.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/key_lines.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire {

/// A swept key and its values as canonical text: "10Mbit" however the file spelt it.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
};

/// One combination of the swept values.
struct Point {
  int index = 0;
  std::vector<std::pair<std::string, std::string>> swept;  ///< key and value, in order of the axes
  Scenario scenario;
};

/// Everything that a scenario file asks for.
struct Plan {
  std::string name;
  std::string about;
  std::vector<SweepAxis> axes;  ///< in the order of the file; the last one varies fastest
  std::vector<Point> points;    ///< at least one
  int repeats = 1;              ///< of every point
  std::string resolved_yaml;    ///< the same scenario, every default written out; loads again

  /// Where a key was given: "file:line", or "--set". For a key that was not given: the line of the
  /// nearest section around it, or the first line of the file.
  std::string where(std::string_view key) const;

  /// The error to throw for what is found out after loading, e.g. that a data file is missing.
  ScenarioError error(std::string_view key, std::string_view problem) const;

  std::string file;  ///< as handed to load_plan()
  KeyLines lines;    ///< of the keys and sections that were given
};

/// Whose published figures the costs of some points come from, each once.
std::set<const DeviceProfile*> devices_of(const Plan& plan);

/// Reads a scenario, applies the overrides ("key=value", the value in YAML) in their order, and
/// expands the sweep. Throws ScenarioError with everything that is wrong, at most 20 lines.
Plan load_plan(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

}  // namespace gradwire
