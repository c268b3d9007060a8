// What TCP makes of long paths, which sockets on loopback cannot show.
#pragma once

#include <optional>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace gradwire {

/// What would shape a transfer between some pair of the scenario's hosts and cannot be seen on
/// loopback: "the window", if less than a round trip's worth of data fits into it, or "slow start",
/// if a round trip takes more than 10 ms and carries more than the first window. Shorter paths
/// leave slow start within some tens of milliseconds, once. None if there is no such pair.
std::optional<std::string> hidden_tcp_effect(const Scenario& scenario);

}  // namespace gradwire
