#include "sim/runners/real_processors.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "sim/calibration/machine.hpp"

namespace gradwire {

namespace {

// The least that a control group can give: a millisecond of each second.
constexpr double kCoresMin = 0.001;

void check(const Plan& plan, const std::string& mode, double cores_min) {
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
    if (nodes.cores < cores_min) {
      refuse("nodes.cores", fmt::format("gives every node at least {}",
                                        cores_min == 1.0 ? "one core" : "0.001 cores"));
    }
    for (const int cpu : nodes.cpus) {
      if (cpu < ::sysconf(_SC_NPROCESSORS_CONF)) continue;
      throw plan.error("nodes.cpus",
                       fmt::format("this machine has no processor {}; allowed: 0 to {}", cpu,
                                   ::sysconf(_SC_NPROCESSORS_CONF) - 1));
    }
    if (nodes.host_cores && *nodes.host_cores != usable_cores()) {
      refuse("nodes.host_cores",
             fmt::format("gives the nodes the {} cores of this machine", usable_cores()),
             std::to_string(usable_cores()));
    }
    // What virtual mode predicts a command with.
    if (scenario.command) continue;
    if (!std::holds_alternative<Scenario::Calibrated>(nodes.cost)) {
      const bool time = std::holds_alternative<Scenario::StepTime>(nodes.cost);
      const bool device = std::holds_alternative<Scenario::Device>(nodes.cost);
      refuse(time     ? "nodes.step_time"
             : device ? "nodes.device"
                      : "nodes.flops",
             "computes, and takes the time it takes");
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

}  // namespace

void check_processors(const Plan& plan, const std::string& mode) {
  check_no_limits(plan, mode);
  check(plan, mode, 1.0);
}

void check_limited_processors(const Plan& plan, const std::string& mode) {
  check(plan, mode, kCoresMin);
}

void check_no_limits(const Plan& plan, const std::string& mode) {
  const auto refuse = [&](const char* key) {
    throw plan.error(key, fmt::format("{} mode has no hosts that it could limit; allowed: --mode "
                                      "netns, lxc or podman",
                                      mode));
  };
  for (const Point& point : plan.points) {
    const Scenario::Nodes& nodes = point.scenario.nodes;
    if (!nodes.cpus.empty()) refuse("nodes.cpus");
    if (!nodes.shares.empty()) refuse("nodes.shares");
    if (nodes.memory) refuse("nodes.memory");
  }
}

}  // namespace gradwire
