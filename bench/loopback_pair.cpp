#include "bench/loopback_pair.hpp"

#include <boost/asio/ip/address.hpp>

namespace gradwire {

LoopbackPair::LoopbackPair() {
  const RunSecret secret = make_run_secret();
  const TcpTransport::Endpoint any(boost::asio::ip::make_address("127.0.0.1"), 0);
  std::vector<TcpTransport::Endpoint> addresses;
  for (Rank rank = 0; rank < 2; ++rank) {
    TcpOptions options;
    options.rank = rank;
    options.size = 2;
    options.secret = secret;
    auto& transport = transports_[static_cast<std::size_t>(rank)];
    transport = std::make_unique<TcpTransport>(context_.get_executor(), clock_, options, any);
    addresses.push_back(transport->address());
  }
  run(transports_[0]->join(addresses), transports_[1]->join(addresses));
}

LoopbackPair::~LoopbackPair() { run(transports_[0]->leave(), transports_[1]->leave()); }

void LoopbackPair::run(Task<void> first, Task<void> second) {
  TaskGroup group(context_.get_executor(), TaskGroup::OnError::cancel_others);
  group.spawn(std::move(first));
  group.spawn(std::move(second));
  context_.restart();
  while (!group.done()) context_.run_one();
  if (group.first_error()) std::rethrow_exception(group.first_error());
}

}  // namespace gradwire
