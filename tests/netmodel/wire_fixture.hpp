// TCP transports on loopback, and strangers who talk to them byte by byte.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/tcp_transport.hpp"

namespace gradwire {

class WireFixture {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Endpoint = TcpTransport::Endpoint;

  /// `honest` of `size` ranks have a transport; the test speaks for the others. Short time-outs and
  /// messages of 1 MiB at most, unless the test changes `options` before.
  WireFixture(int honest, int size, TcpOptions options = short_options());
  /// Aborts what is left.
  ~WireFixture();

  static TcpOptions short_options();

  TcpTransport& at(Rank rank) { return *transports_[static_cast<std::size_t>(rank)]; }
  const RunSecret& secret() const { return options_.secret; }
  boost::asio::io_context& context() { return context_; }
  Clock& clock() { return clock_; }
  /// What all transports have logged, a line each.
  const std::string& log() const { return log_; }
  /// The address of a rank; of one without a transport, a port where nobody listens.
  Endpoint address(Rank rank) const { return addresses_[static_cast<std::size_t>(rank)]; }
  /// Makes the transports believe that a rank is elsewhere.
  void move_to(Rank rank, const Endpoint& address) {
    addresses_[static_cast<std::size_t>(rank)] = address;
  }

  Task<void> join(Rank rank) { return at(rank).join(addresses_); }
  Task<Socket> connect_to(Rank rank);

  /// Runs the tasks to their end; throws the first error. A test that takes longer than a minute
  /// fails.
  void run(std::vector<Task<void>> tasks);
  void run(Task<void> first);
  void run(Task<void> first, Task<void> second);

  /// Ranks 0 and 1 exchange a message; fails the test when they cannot.
  void expect_that_0_and_1_can_talk();

 private:
  SteadyClock clock_;
  boost::asio::io_context context_{1};
  TcpOptions options_;
  std::string log_;
  std::vector<std::unique_ptr<TcpTransport>> transports_;
  std::vector<Endpoint> addresses_;
};

/// Writes; a peer that has closed the connection meanwhile is no error.
Task<void> write_bytes(WireFixture::Socket& socket, std::string bytes);
/// Reads so many bytes; throws system_error.
Task<std::string> read_bytes(WireFixture::Socket& socket, std::size_t count);
/// Waits until the peer has closed the connection, and returns what it sent before. Not after a
/// read that has met the end already: Asio reports it once.
Task<std::string> read_to_end(WireFixture::Socket& socket);

/// A first message of the handshake, as handshake.hpp describes it.
std::string hello_of(Rank rank);

/// What a task throws as PeerLost: the peer and the text; "" when it throws nothing.
std::string loss_of(const std::exception_ptr& error);

}  // namespace gradwire
