#include "sim/runners/group_network.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <system_error>

namespace gradwire {
namespace {

constexpr int kEnvironmentExit = 3;
// All of them have been told to go by then.
constexpr Duration kTrainingJoins = std::chrono::seconds(30);

// A process of MPI has joined the others by having been started.
Task<void> at_once() { co_return; }

}  // namespace

GroupNetwork::Joining TcpGroup::join(boost::asio::any_io_executor executor, Clock& clock,
                                     std::vector<TcpTransport::Endpoint> addresses,
                                     Duration patience) const {
  TcpOptions options;
  options.rank = rank();
  options.size = static_cast<int>(addresses.size());
  options.secret = options_.secret;
  options.join_timeout = patience;
  options.log = options_.log;
  const TcpTransport::Endpoint& own = addresses.at(static_cast<std::size_t>(rank()));
  std::unique_ptr<TcpTransport> transport;
  try {
    transport = std::make_unique<TcpTransport>(std::move(executor), clock, options, own);
  } catch (const boost::system::system_error& error) {
    throw std::system_error(
        error.code(), fmt::format("cannot listen on {}:{}", own.address().to_string(), own.port()));
  }
  Task<void> joined = transport->join(std::move(addresses));
  return {std::move(transport), std::move(joined)};
}

GroupNetwork::Joining TcpGroup::control(boost::asio::any_io_executor executor, Clock& clock) {
  std::vector<TcpTransport::Endpoint> addresses = options_.addresses;
  for (auto& address : addresses) address.port(static_cast<std::uint16_t>(address.port() + 1));
  return join(std::move(executor), clock, std::move(addresses), options_.patience);
}

GroupNetwork::Joining TcpGroup::training(boost::asio::any_io_executor executor, Clock& clock,
                                         int nodes) {
  return join(std::move(executor), clock,
              {options_.addresses.begin(), options_.addresses.begin() + nodes}, kTrainingJoins);
}

GroupNetwork::Joining MpiGroup::join(boost::asio::any_io_executor executor, Clock& clock, int nodes,
                                     int channel) {
  MpiOptions options;
  options.rank = rank();
  options.size = nodes;
  options.channel = channel;
  return {session_.make_transport(std::move(executor), clock, std::move(options)), at_once()};
}

GroupNetwork::Joining MpiGroup::control(boost::asio::any_io_executor executor, Clock& clock) {
  return join(std::move(executor), clock, size(), 0);
}

GroupNetwork::Joining MpiGroup::training(boost::asio::any_io_executor executor, Clock& clock,
                                         int nodes) {
  return join(std::move(executor), clock, nodes, 1);
}

void MpiGroup::give_up(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::fflush(nullptr);
  session_.abort(kEnvironmentExit);
}

}  // namespace gradwire
