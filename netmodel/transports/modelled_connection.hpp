// All that goes from one rank to another in the modelled network, and what carries it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "netmodel/event_queue.hpp"
#include "netmodel/fair_share.hpp"
#include "netmodel/random_streams.hpp"
#include "netmodel/tcp/sender.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

struct ModelledConnection {
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// What there is over TCP only: acknowledgements, and queues.
  struct OverTcp {
    Route back;                         // of acknowledgements
    Duration handshake{};               // before the first message
    Duration round_trip{};              // without queueing
    BitsPerSecond full_rate{};          // what it sends with at most
    BitsPerSecond acknowledged_rate{};  // of what its acknowledgements are for; 0: there are none
    EventId acknowledged;               // they end, unless another message begins
    Duration waited{};                  // of the message under way: for others on its links
    LinkIndex standing_at = 0;
    std::int64_t standing = 0;    // bits there, while it flows
    double resent = 1.0;          // bits that leave for each bit of a message
    TimePoint part_started{};     // of what the sender let go last
    std::int64_t part_bits = 0;   // likewise
    MicroRate part_cap = kNoCap;  // likewise
  };
  struct Jitter {
    Duration most{};
    std::unique_ptr<RandomEngine> stream;
  };

  bool has_jitter() const { return jitter && jitter->most > Duration{}; }
  /// What bounds its rate beside the links.
  MicroRate cap_now() const { return more ? std::min(cap, more->part_cap) : cap; }

  Rank from = 0;
  Rank to = 0;
  // A queue of transfers, linked by their `next`; the first is under way.
  std::uint32_t first = kNone;
  std::uint32_t last = kNone;
  FlowId flow = 0;          // of the first, while it flows
  std::int32_t weight = 1;  // flows that it counts as
  bool flowing = false;     // otherwise the first waits for `event`
  bool opened = false;
  bool capped_by_loss = false;  // otherwise by software
  bool over_tcp = false;        // the message under way is sent by `sender`
  EventId event;
  Route route;               // a LinkIndex is a ResourceId
  Duration latency{};        // of the last bit, once it has left; storing is not in it
  TimePoint last_arrival{};  // jitter does not reorder a connection
  MicroRate cap = kNoCap;
  std::unique_ptr<Jitter> jitter;  // none where there has never been any
  std::unique_ptr<OverTcp> more;   // none over anything else
  /// None where only the links can limit the connection.
  std::unique_ptr<TcpSender> tcp;
};

BitsPerSecond slowest_of(std::span<const Link> links, const Route& route);

/// What connections are made of: links by ResourceId.
struct ConnectionMaker {
  const Topology& topology;
  const TransportModel& model;
  const RandomStreams& streams;

  std::unique_ptr<ModelledConnection> make(Rank from, Rank to) const;

  /// The links on its way have changed.
  void update(ModelledConnection& way) const;

  /// What a message of so many bytes on the wire loses at switches that store a packet of it.
  Duration storing_of_message(const ModelledConnection& way, std::int64_t bytes) const;

 private:
  TcpPath tcp_path(const ModelledConnection& way) const;
  void update_tcp(ModelledConnection& way, const TcpPath& path) const;
};

}  // namespace gradwire
