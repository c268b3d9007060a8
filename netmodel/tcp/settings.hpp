// How messages are carried, beyond links and routes: what TCP makes of them, or RDMA, or nothing at
// all. docs/network-model.md has the equations and the source of every default.
#pragma once

#include <vector>

#include "netmodel/tcp/wire.hpp"
#include "netmodel/units.hpp"

namespace gradwire {

enum class CongestionControl { cubic, reno, bbr };

/// How random loss slows a connection down.
enum class LossModel {
  drawn,   ///< every lost segment is drawn, and shrinks the window when it is
  mathis,  ///< these three bound the rate at its mean by a response function: see loss_limit.hpp
  pftk,
  cubic,
};

/// What a TCP connection does. Defaults as in Linux.
struct TcpSettings {
  CongestionControl congestion = CongestionControl::cubic;
  LossModel loss = LossModel::drawn;
  /// The window begins small and doubles each round trip; off: it is as large as it can be.
  bool slow_start = true;
  /// HyStart of CUBIC: slow start ends when the path seems full, before its queue overflows.
  bool hystart = true;
  /// A connection that was silent for longer than the retransmission timeout begins again.
  bool idle_restart = true;
  /// A lost last segment is sent again after two round trips, not after the timeout.
  bool tail_loss_probe = true;
  /// RACK: what is lost again when it is sent again is noticed after a round trip, not after the
  /// timeout.
  bool rack = true;
  /// Buffers bound the window.
  bool window_limit = true;
  /// What is received is acknowledged, which takes its share of the other direction.
  bool acknowledgements = true;
  /// Whether the first message between two hosts pays for the three-way handshake.
  bool handshake = false;
  int initial_window = 10;  ///< segments
  Bytes send_buffer{4 << 20};
  Bytes receive_buffer{6 << 20};
  Duration timeout_min = std::chrono::milliseconds(200);
  /// Parallel connections between two hosts, over which each message is spread.
  int streams = 1;

  /// Payload that may be in flight on one connection.
  Bytes window_max() const;
};

/// What carries the messages.
enum class Carrier {
  fluid,  ///< TCP's headers, but otherwise only rates and latencies
  tcp,
  rdma,  ///< small headers; neither slow start nor window
};

struct TransportModel {
  Carrier carrier = Carrier::fluid;
  TcpSettings tcp;
  /// A switch has all of a packet before it sends it on; off: it sends as the first bit arrives.
  bool store_and_forward = false;
  /// Software at each end.
  Duration cost_per_message{};
  Duration cost_per_megabyte{};
  /// As how many flows the messages of a host count where they share a link, by rank; none: 1 each.
  std::vector<int> weights;

  /// How messages are cut.
  const PacketFormat& packets() const {
    return carrier == Carrier::rdma ? kRdmaPackets : kTcpPackets;
  }
  Duration software_cost(Bytes payload) const;
};

}  // namespace gradwire
