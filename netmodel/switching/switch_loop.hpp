// Moves frames between taps and a PacketNetwork as time passes.
#pragma once

#include <vector>

#include "netmodel/switching/packet_network.hpp"
#include "netmodel/switching/tap.hpp"

namespace gradwire {

/// How late frames were delivered: the measure of whether this machine could keep up.
struct SwitchLateness {
  std::int64_t frames = 0;
  Duration total{};
  Duration worst{};
};

/// Runs until `stop` (a file descriptor) is readable. `taps`: by rank. One thread, of real-time
/// priority where that is permitted; sleeps until the next frame is due.
///
/// A tap takes whatever its host sends: without a shaper on its device (tbf at the rate of its
/// link) a sender meets the queue of its first link only there, as at a port of a switch.
SwitchLateness run_switch(PacketNetwork& network, const std::vector<Tap>& taps, int stop);

}  // namespace gradwire
