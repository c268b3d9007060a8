// Messages and links whose times are whole milliseconds, for tests of what TCP makes of them.
#pragma once

#include "netmodel/tcp/settings.hpp"
#include "netmodel/units.hpp"

namespace gradwire {

/// 12.112 Mbit/s: 1 ms for a full segment.
inline constexpr BitsPerSecond kRate{12'112'000};

/// The size of a message that fills so many segments, with its frame header of 24 bytes.
constexpr std::int64_t segments(std::int64_t count) { return 1448 * count - 24; }

/// TCP with its defaults.
inline TransportModel tcp() {
  TransportModel model;
  model.carrier = Carrier::tcp;
  return model;
}

}  // namespace gradwire
