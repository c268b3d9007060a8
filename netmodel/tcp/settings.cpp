#include "netmodel/tcp/settings.hpp"

#include <algorithm>

namespace gradwire {

// Half of a receive buffer is for the kernel's own bookkeeping (Linux, tcp_adv_win_scale = 1, see
// ip-sysctl "tcp_adv_win_scale"; kernels from 6.6 on measure the share and come to about as much).
Bytes TcpSettings::window_max() const {
  return {std::max<std::int64_t>(1, std::min(send_buffer.count, receive_buffer.count / 2))};
}

Duration TransportModel::software_cost(Bytes payload) const {
  return cost_per_message +
         Duration(static_cast<std::int64_t>(static_cast<__int128>(payload.count) *
                                            cost_per_megabyte.count() / 1'000'000));
}

}  // namespace gradwire
