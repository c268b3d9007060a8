#include "sim/runners/real_network.hpp"

#include <fmt/core.h>

namespace gradwire {
namespace {

// What the kernel's TCP does, whatever the scenario says.
template <typename Refuse>
void check_tcp(const TransportModel& transport, const Refuse& refuse) {
  if (transport.carrier != Carrier::tcp) return;
  const TcpSettings& tcp = transport.tcp;
  if (!tcp.slow_start) refuse("network.tcp.slow_start", "always starts slowly");
  if (!tcp.hystart) refuse("network.tcp.hystart", "has the HyStart of its kernel");
  if (!tcp.window_limit) refuse("network.tcp.window_limit", "has buffers");
  if (tcp.streams != 1) refuse("network.tcp.streams", "has one connection between two nodes");
}

}  // namespace

void check_real_network(const Plan& plan, const std::string& mode) {
  const auto refuse = [&](const char* key, const char* what) {
    throw plan.error(key, fmt::format("{} mode {}; allowed: --mode virtual", mode, what));
  };
  for (const Point& point : plan.points) {
    const bool has_command = point.scenario.command.has_value();
    if (point.scenario.model.kind == Scenario::ModelKind::profile && !has_command) {
      refuse("model.kind", "cannot compute a profile");
    }
    check_tcp(point.scenario.network.transport, refuse);
    if (point.scenario.training.checkpoint) {
      if (has_command) refuse("training.checkpoint", "leaves the training to the command");
      if (std::holds_alternative<Scenario::MeasureSteps>(point.scenario.measure)) {
        throw plan.error("training.checkpoint",
                         fmt::format("{} mode measures some of the steps only; allowed: measure: "
                                     "all, or --mode virtual",
                                     mode));
      }
    }
    if (has_command && point.scenario.training.keeps_weights) {
      refuse("training.weights", "leaves the weights to the command");
    }
    const Scenario::Network& network = point.scenario.network;
    const DynamicsSpec& dynamics = network.dynamics;
    if (!dynamics.events.empty()) refuse("network.events", "cannot change its links");
    if (!dynamics.traces.empty()) refuse("network.traces", "cannot change its links");
    if (!dynamics.background.empty()) refuse("network.background", "has no other traffic");
    const TransportModel& transport = network.transport;
    if (transport.carrier == Carrier::rdma) refuse("network.transport", "has TCP only");
    // The shaper of local mode makes them, as virtual time does.
    if (!transport.tcp.acknowledgements && mode != "local") {
      refuse("network.tcp.acknowledgements", "acknowledges what it gets");
    }
    if (!transport.weights.empty()) refuse("network.weights", "shares links as its kernel does");
    if (network.queue) refuse("network.queue", "has queues of its own");
    if (network.burst > Bytes{}) refuse("network.burst", "has bursts of its own");
    if (transport.store_and_forward) refuse("network.switching", "has switches of its own");
    if (transport.cost_per_message > Duration{}) {
      refuse("network.software.per_message", "has the software of this machine");
    }
    if (transport.cost_per_megabyte > Duration{}) {
      refuse("network.software.per_megabyte", "has the software of this machine");
    }
  }
}

}  // namespace gradwire
