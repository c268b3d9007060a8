// A whole topology that carries Ethernet frames between its hosts: every frame is stored and
// forwarded over the links of its route. It knows no sockets and no clock: frames and times are
// handed to it, and it hands them back.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "netmodel/event_queue.hpp"
#include "netmodel/random_streams.hpp"
#include "netmodel/switching/packet_link.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

/// An Ethernet address.
using MacAddress = std::array<std::uint8_t, 6>;

/// The address of a host's device: 02:67:77 (locally administered), then the rank.
MacAddress mac_of(Rank rank);

class PacketNetwork {
 public:
  /// The largest frame: an MTU of 1500 bytes, the Ethernet header and a VLAN tag.
  static constexpr std::size_t kLargestFrame = 1518;

  using Deliver = std::function<void(Rank to, std::span<const std::byte> frame)>;

  /// `queue_time`: how long a full queue takes to drain; no queue holds less than ten full frames.
  PacketNetwork(std::shared_ptr<const Topology> topology, Duration queue_time,
                RandomStreams streams);

  /// A host sends a frame at `now`. It goes to the host whose address it bears, or, broadcast and
  /// multicast, to all others; nowhere when there is no such host.
  void send(TimePoint now, Rank from, std::span<const std::byte> frame);

  /// When run() next has something to do; none when no frame is under way.
  std::optional<TimePoint> next_event() { return events_.next_time(); }

  /// Moves everything that is due by `now`; calls `deliver` for each frame that has arrived.
  void run(TimePoint now, const Deliver& deliver);

  int hosts() const { return topology_->hosts(); }
  const Topology& topology() const { return *topology_; }
  const PacketCounts& counts(LinkIndex link) const { return links_[link].counts(); }

 private:
  struct Packet {
    Rank to = 0;
    const Route* route = nullptr;
    std::size_t hop = 0;  // of the route: the link that it is on, or about to enter
    std::size_t size = 0;
    std::array<std::byte, kLargestFrame> frame;
  };

  void send_to(TimePoint now, Rank from, Rank to, std::span<const std::byte> frame);
  void enter_link(TimePoint now, std::uint32_t packet);
  void left_link(std::uint32_t packet);
  const Route& route(Rank from, Rank to);

  std::shared_ptr<const Topology> topology_;
  std::vector<PacketLink> links_;  // by LinkIndex
  std::unordered_map<std::uint64_t, Route> routes_;
  std::deque<Packet> packets_;
  std::vector<std::uint32_t> free_packets_;
  EventQueue events_;
  // Of the run() under way.
  TimePoint event_time_{};
  const Deliver* deliver_ = nullptr;
};

}  // namespace gradwire
