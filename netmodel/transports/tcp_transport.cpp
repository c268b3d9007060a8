#include "netmodel/transports/tcp_transport.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "netmodel/check.hpp"
#include "netmodel/transports/tcp_collective.hpp"

namespace gradwire {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr Duration kConnectRetry = std::chrono::milliseconds(20);
constexpr Duration kAcceptRetry = std::chrono::milliseconds(20);

std::string name_of(const TcpTransport::Endpoint& address) {
  return fmt::format("{}:{}", address.address().to_string(), address.port());
}

}  // namespace

TcpTransport::TcpTransport(asio::any_io_executor executor, Clock& clock, TcpOptions options,
                           const Endpoint& address, Pacer* pacer)
    : GroupTransport(clock),
      executor_(executor),
      clock_(clock),
      options_(std::move(options)),
      acceptor_(executor, address),
      pacer_(pacer),
      missing_(options_.size - 1),
      mailbox_(options_.rank, options_.size),
      connections_(static_cast<std::size_t>(options_.size)),
      accepting_(executor),
      tasks_(executor) {}

TcpTransport::~TcpTransport() = default;

Task<void> TcpTransport::join(std::vector<Endpoint> peers) {
  CHECK(static_cast<int>(peers.size()) == size(), "{} addresses for {} ranks", peers.size(),
        size());
  accepting_.spawn(accept_peers());
  for (Rank peer = 0; peer < rank(); ++peer) {
    accepting_.spawn(connect(peer, peers[static_cast<std::size_t>(peer)]));
  }
  if (missing_ > 0) {
    co_await finishes_by(clock_, clock_.now() + options_.join_timeout, joined_.wait());
  }
  stop_accepting();
  co_await accepting_.join();
  for (Rank peer = 0; peer < size(); ++peer) {
    if (peer == rank() || connections_[static_cast<std::size_t>(peer)]) continue;
    if (aborted_) throw PeerLost(rank(), peer, "this rank has aborted");
    std::string cause =
        fmt::format("it has not joined within {}", to_string(options_.join_timeout));
    if (refused_.contains(peer)) cause += "; " + refused_[peer];
    throw PeerLost(rank(), peer, cause);
  }
}

Task<void> TcpTransport::accept_peers() {
  for (;;) {
    std::string trouble;
    try {
      tcp::socket accepted = co_await acceptor_.async_accept(asio::use_awaitable);
      accepting_.spawn(admit(std::move(accepted)));
    } catch (const boost::system::system_error& error) {
      if (is_cancellation(error)) throw;
      trouble = error.code().message();
    }
    if (trouble.empty()) continue;
    // Too many open files, for example: that may pass.
    log(fmt::format("rank {} cannot accept connections: {}", rank(), trouble));
    co_await clock_.sleep_for(kAcceptRetry);
  }
}

// Nothing that a stranger does ends the worker.
Task<void> TcpTransport::admit(tcp::socket accepted) {
  make_room();
  const auto place = applicants_.insert(applicants_.end(), std::move(accepted));
  boost::system::error_code ignored;
  const std::string who = name_of(place->remote_endpoint(ignored));
  std::string refusal;
  try {
    Rank peer = 0;
    const TimePoint deadline = clock_.now() + options_.handshake_timeout;
    const bool in_time = co_await finishes_by(clock_, deadline, identify(*place, peer));
    if (!in_time) {
      refusal = fmt::format("no handshake within {}", to_string(options_.handshake_timeout));
    } else if (connections_[static_cast<std::size_t>(peer)]) {
      refusal = fmt::format("rank {} is connected already", peer);
    } else {
      add(peer, std::move(*place));
    }
  } catch (const HandshakeError& error) {
    refusal = error.what();
  } catch (const boost::system::system_error& error) {
    if (!place->is_open()) {
      refusal = "too many others came before it had shaken hands";
    } else if (!is_cancellation(error)) {
      refusal = error.code().message();
    }
  }
  applicants_.erase(place);
  if (!refusal.empty()) log(fmt::format("refused {}: {}", who, refusal));
}

Task<void> TcpTransport::identify(tcp::socket& socket, Rank& peer) {
  peer = co_await shake_hands_as_acceptor(socket, options_.secret, rank(), size());
}

// Sends the oldest applicant away when there are too many. (One that was sent away before stays in
// the list until its task has run.)
void TcpTransport::make_room() {
  const auto is_open = [](const tcp::socket& socket) { return socket.is_open(); };
  if (std::ranges::count_if(applicants_, is_open) < options_.max_handshakes) return;
  boost::system::error_code ignored;
  std::ranges::find_if(applicants_, is_open)->close(ignored);
}

Task<void> TcpTransport::connect(Rank peer, Endpoint address) {
  for (;;) {
    const bool connected = co_await try_to_connect(peer, address);
    if (connected) co_return;
    co_await clock_.sleep_for(kConnectRetry);
  }
}

// False when nobody listens there yet, or somebody else does.
Task<bool> TcpTransport::try_to_connect(Rank peer, Endpoint address) {
  tcp::socket socket(executor_);
  try {
    co_await socket.async_connect(address, asio::use_awaitable);
    co_await shake_hands_as_connector(socket, options_.secret, rank(), peer);
    add(peer, std::move(socket));
    co_return true;
  } catch (const HandshakeError& error) {
    std::string& reason = refused_[peer];
    if (reason != error.what()) log(fmt::format("refused {}: {}", name_of(address), error.what()));
    reason = error.what();
  } catch (const boost::system::system_error& error) {
    if (is_cancellation(error)) throw;
  }
  co_return false;
}

void TcpTransport::stop_accepting() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  accepting_.cancel();
}

void TcpTransport::add(Rank peer, tcp::socket socket) {
  auto& connection = connections_[static_cast<std::size_t>(peer)];
  connection = std::make_shared<TcpConnection>(std::move(socket), rank(), peer, mailbox_,
                                               receivers_, options_.largest_message, pacer_);
  connection->start(tasks_);
  if (--missing_ == 0) joined_.wake();
}

Task<void> TcpTransport::leave() {
  stop_accepting();
  for (const auto& connection : connections_) {
    if (connection) connection->leave();
  }
  co_await accepting_.join();
  co_await tasks_.join();
}

void TcpTransport::abort() {
  aborted_ = true;
  stop_accepting();
  joined_.wake();
  for (const auto& connection : connections_) {
    if (connection) connection->abort("this rank has aborted");
  }
}

Task<void> TcpTransport::send(Rank to, Tag tag, Message message) {
  CHECK(to != rank() && to >= 0 && to < size(), "rank {} sends to {} of {}", rank(), to, size());
  const auto connection = connections_[static_cast<std::size_t>(to)];
  CHECK(connection, "rank {} sends before it has joined", rank());
  const Bytes size = message.size();
  co_await connection->send(tag, std::move(message));
  sent_.bytes += size;
  ++sent_.messages;
}

Task<Received> TcpTransport::receive(Source from, Tag tag) { return mailbox_.receive(from, tag); }

// What is paced, or has no content, gains nothing from knowing its place.
Task<PhaseTimes> TcpTransport::execute(const Schedule& schedule, Buffers buffers,
                                       Reducer& reducer) {
  if (pacer_ != nullptr || buffers.is_timing_only()) {
    return Transport::execute(schedule, buffers, reducer);
  }
  return execute_in_place(schedule, buffers.values, reducer);
}

Task<PhaseTimes> TcpTransport::execute_in_place(const Schedule& schedule, std::span<float> values,
                                                Reducer& reducer) {
  const Tag tag = tag_of(begin_collective(schedule, {values}));
  TcpCollective collective({rank(), clock_, connections_, mailbox_, receivers_, blocks_, sent_},
                           tag, schedule, values, reducer);
  const PhaseTimes times = co_await collective.run();
  co_return times;
}

void TcpTransport::log(const std::string& line) const {
  if (options_.log) options_.log(line);
}

}  // namespace gradwire
