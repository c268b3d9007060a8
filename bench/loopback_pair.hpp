// Two ranks joined by TCP over loopback, on one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/tcp_transport.hpp"

namespace gradwire {

class LoopbackPair {
 public:
  LoopbackPair();
  ~LoopbackPair();
  LoopbackPair(const LoopbackPair&) = delete;
  LoopbackPair& operator=(const LoopbackPair&) = delete;

  Transport& at(Rank rank) { return *transports_[static_cast<std::size_t>(rank)]; }

  /// Runs both until they have ended; throws what the first of them threw.
  void run(Task<void> first, Task<void> second);

 private:
  SteadyClock clock_;
  boost::asio::io_context context_{1};
  std::array<std::unique_ptr<TcpTransport>, 2> transports_;
};

}  // namespace gradwire
