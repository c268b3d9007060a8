// What a link has carried in a run, whichever way it was emulated.
#pragma once

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
};

}  // namespace gradwire
