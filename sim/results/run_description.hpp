// What a run is: the scenario with its sweep, and everything needed to tell whether two results may
// be put side by side. Stored with the results.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gradwire {

/// The swept values of one point, in the order of the axes: key and value as text ("10Mbit").
using PointValues = std::vector<std::pair<std::string, std::string>>;

struct RunDescription {
  std::string scenario_name;
  std::string mode;               // virtual, local, ...
  std::string resolved_scenario;  // the whole scenario with its defaults, YAML
  std::string calibration;        // the costs it was run with, JSON; empty if none were needed
  std::string program_version;
  std::string commit;
  std::string machine;  // JSON: cpu, cores, isa, kernel

  std::vector<std::string> axes;    // swept keys; the last one varies fastest
  std::vector<PointValues> points;  // one point without values when nothing is swept
  int repeats = 1;                  // of every point

  friend bool operator==(const RunDescription&, const RunDescription&) = default;
};

}  // namespace gradwire
