// Workers joined by TCP: one connection for each pair of ranks, framed (frame.hpp) and
// authenticated (handshake.hpp), optionally paced (pacer.hpp).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "netmodel/transports/group_transport.hpp"
#include "netmodel/transports/handshake.hpp"
#include "netmodel/transports/scratch_blocks.hpp"
#include "netmodel/transports/tcp_connection.hpp"

namespace gradwire {

struct TcpOptions {
  Rank rank = 0;
  int size = 1;
  RunSecret secret{};
  /// Payload of the largest frame; a longer one, announced or sent, is an error. Must hold the
  /// largest piece of a collective.
  Bytes largest_message{1LL << 30};
  /// How long joining waits for all peers; longer where workers start by hand.
  Duration join_timeout = std::chrono::seconds(30);
  /// How long one stranger may take over its handshake.
  Duration handshake_timeout = std::chrono::seconds(5);
  /// Handshakes that may be under way at once; beyond that the oldest gives way. A peer of this run
  /// is through with its own in a few round trips.
  int max_handshakes = 64;
  /// Told once about every connection that was refused.
  std::function<void(const std::string&)> log;
};

class TcpTransport final : public GroupTransport {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;

  /// Listens on `address` (port 0: any free one). `pacer` and `clock` outlive the transport. Throws
  /// system_error.
  TcpTransport(boost::asio::any_io_executor executor, Clock& clock, TcpOptions options,
               const Endpoint& address, Pacer* pacer = nullptr);
  /// Every task of the transport must have ended: co_await leave() first, or abort() and let the
  /// executor run.
  ~TcpTransport() override;

  Endpoint address() const { return acceptor_.local_endpoint(); }

  /// Connects all ranks; `peers` has their addresses, by rank, this one's included. Returns when
  /// every connection stands, and no longer listens then. Strangers and bad handshakes are refused,
  /// logged and forgotten. Throws PeerLost for the first peer that has not joined in time.
  Task<void> join(std::vector<Endpoint> peers);

  /// Not while join() is under way.
  Task<void> leave() override;
  void abort() override;

  Rank rank() const override { return options_.rank; }
  int size() const override { return options_.size; }
  SentCounters sent() const override { return sent_; }
  Task<void> send(Rank to, Tag tag, Message message) override;
  Task<Received> receive(Source from, Tag tag) override;
  Task<PhaseTimes> execute(const Schedule& schedule, Buffers buffers, Reducer& reducer) override;

 private:
  Task<PhaseTimes> execute_in_place(const Schedule& schedule, std::span<float> values,
                                    Reducer& reducer);
  Task<void> accept_peers();
  Task<void> admit(boost::asio::ip::tcp::socket accepted);
  Task<void> identify(boost::asio::ip::tcp::socket& socket, Rank& peer);
  void make_room();
  Task<void> connect(Rank peer, Endpoint address);
  Task<bool> try_to_connect(Rank peer, Endpoint address);
  void stop_accepting();
  void add(Rank peer, boost::asio::ip::tcp::socket socket);
  void log(const std::string& line) const;

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  TcpOptions options_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Pacer* pacer_;
  int missing_;  // connections that do not stand yet
  Mailbox mailbox_;
  FrameReceivers receivers_;
  ScratchBlocks blocks_;
  std::vector<std::shared_ptr<TcpConnection>> connections_;  // by rank; none to itself
  // Of those who have not shaken hands yet, the oldest first.
  std::list<boost::asio::ip::tcp::socket> applicants_;
  std::map<Rank, std::string> refused_;  // why the one who answers at a peer's address is not it
  bool aborted_ = false;
  TaskGroup accepting_;
  TaskGroup tasks_;
  Parking joined_;
  SentCounters sent_;
};

}  // namespace gradwire
