// A link that carries single packets: rate, latency, jitter, loss and a drop-tail queue. Pure
// arithmetic on times; whoever owns it moves the packets.
#pragma once

#include <optional>

#include "netmodel/random_streams.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

/// What a link did with the packets that it was given.
struct PacketCounts {
  std::int64_t packets = 0;  // carried to the other end
  Bytes bytes{};
  std::int64_t dropped = 0;  // the queue was full
  std::int64_t lost = 0;     // drawn by the link's loss
  Bytes queue_peak{};
};

class PacketLink {
 public:
  /// `queue`: bytes that may wait, the packet under way included.
  PacketLink(const Link& link, Bytes queue, RandomEngine draws);

  /// A packet of `size` bytes, Ethernet header included, joins the queue at `now` (never before an
  /// earlier one). Returns when its last bit is at the other end, in the order of the calls; none
  /// when it is dropped or lost. A lost packet has used the link all the same.
  std::optional<TimePoint> carry(TimePoint now, Bytes size);

  const PacketCounts& counts() const { return counts_; }

 private:
  Bytes waiting(TimePoint now) const;

  BitsPerSecond rate_;
  Duration latency_;
  Duration jitter_;
  JitterShape jitter_shape_;
  double loss_;
  Bytes queue_;
  RandomEngine draws_;
  TimePoint free_at_{};
  TimePoint last_arrival_{};
  PacketCounts counts_;
};

}  // namespace gradwire
