#include "sim/runners/real_network.hpp"

#include <fmt/core.h>

namespace gradwire {

void check_steady_network(const Plan& plan, const std::string& mode) {
  const auto refuse = [&](const char* key, const char* what) {
    throw plan.error(key, fmt::format("{} mode {}; allowed: --mode virtual", mode, what));
  };
  for (const Point& point : plan.points) {
    const DynamicsSpec& dynamics = point.scenario.network.dynamics;
    if (!dynamics.events.empty()) refuse("network.events", "cannot change its links");
    if (!dynamics.traces.empty()) refuse("network.traces", "cannot change its links");
    if (!dynamics.background.empty()) refuse("network.background", "has no other traffic");
  }
}

}  // namespace gradwire
