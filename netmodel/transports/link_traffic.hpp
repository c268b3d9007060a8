// What a link has carried in a run, whichever way it was emulated.
#pragma once

#include <optional>
#include <string>

#include "netmodel/units.hpp"

namespace gradwire {

struct LinkTraffic {
  std::string name;
  BitsPerSecond rate{};
  /// On the wire, headers included.
  Bytes bytes{};
  /// Time with at least one message on it.
  Duration busy{};
  /// What stood in front of it at most, where queues have a length; none: it was not observed.
  std::optional<Bytes> queue_peak{};
  /// Packets that were lost on it, or did not fit into its queue, in millionths: where losses are
  /// counted by their mean they are not whole.
  std::optional<std::int64_t> micro_drops{};
};

}  // namespace gradwire
