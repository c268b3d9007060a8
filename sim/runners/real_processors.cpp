#include "sim/runners/real_processors.hpp"

#include <fmt/format.h>

#include "sim/calibration/machine.hpp"

namespace gradwire {

void check_processors(const Plan& plan, const std::string& mode) {
  const auto refuse = [&](const char* key, const std::string& what,
                          const std::string& allowed = "") {
    throw plan.error(key, fmt::format("{} mode {}; allowed: {}--mode virtual", mode, what,
                                      allowed.empty() ? "" : allowed + ", or "));
  };
  for (const Point& point : plan.points) {
    const Scenario& scenario = point.scenario;
    const Scenario::Nodes& nodes = scenario.nodes;
    for (int rank = 0; rank < scenario.network.nodes; ++rank) {
      if (nodes.speed_of(rank) == 1.0) continue;
      refuse("nodes.speed", "runs every node at the speed of this machine, 1");
    }
    if (nodes.cores < 1.0) refuse("nodes.cores", "gives every node at least one core");
    if (nodes.host_cores && *nodes.host_cores != usable_cores()) {
      refuse("nodes.host_cores",
             fmt::format("gives the nodes the {} cores of this machine", usable_cores()),
             std::to_string(usable_cores()));
    }
    if (!std::holds_alternative<Scenario::Calibrated>(nodes.cost)) {
      const bool time = std::holds_alternative<Scenario::StepTime>(nodes.cost);
      refuse(time ? "nodes.step_time" : "nodes.flops", "computes, and takes the time it takes");
    }
    if (scenario.arithmetic == Scenario::Arithmetic::off ||
        scenario.arithmetic == Scenario::Arithmetic::shared) {
      throw plan.error("arithmetic",
                       fmt::format("{} mode computes on every node; allowed: auto, full, or "
                                   "--mode virtual",
                                   mode));
    }
  }
}

}  // namespace gradwire
