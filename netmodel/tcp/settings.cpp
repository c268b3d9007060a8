#include "netmodel/tcp/settings.hpp"

#include <algorithm>

#include "netmodel/tcp/wire.hpp"

namespace gradwire {

// Of a receive buffer the kernel takes for its own bookkeeping what a packet takes besides its
// payload: a full segment of 1448 bytes fills a buffer of 2048, and the kernel's record of it takes
// 256. Linux from 6.6 on measures that share (commit dfa2f0483360, tcp_measure_rcv_mss and
// scaling_ratio); before, it took half (tcp_adv_win_scale = 1).
//
// Of a send buffer two thirds: the kernel says that there is room again only when what waits in it
// is no more than twice what is free (sk_stream_min_wspace, include/net/sock.h).
Bytes TcpSettings::window_max() const {
  constexpr std::int64_t kPacketInMemory = 2048 + 256;
  const std::int64_t sendable = send_buffer.count * 2 / 3;
  const std::int64_t receivable = receive_buffer.count * kTcpPackets.payload / kPacketInMemory;
  return {std::max<std::int64_t>(1, std::min(sendable, receivable))};
}

Duration TransportModel::software_cost(Bytes payload) const {
  return cost_per_message +
         Duration(static_cast<std::int64_t>(static_cast<__int128>(payload.count) *
                                            cost_per_megabyte.count() / 1'000'000));
}

}  // namespace gradwire
