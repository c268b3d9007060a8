#include "netmodel/switching/packet_network.hpp"

#include <algorithm>
#include <cstring>

#include "netmodel/check.hpp"

namespace gradwire {

namespace {

constexpr std::int64_t kFramesQueuedAtLeast = 10;

Bytes queue_of(const Link& link, Duration queue_time) {
  const __int128 bytes = __int128{link.rate.count} * queue_time.count() / 8'000'000'000;
  return {std::max(static_cast<std::int64_t>(bytes),
                   kFramesQueuedAtLeast * static_cast<std::int64_t>(PacketNetwork::kLargestFrame))};
}

MacAddress destination_of(std::span<const std::byte> frame) {
  MacAddress address{};
  std::memcpy(address.data(), frame.data(), address.size());
  return address;
}

bool is_group(const MacAddress& address) { return (address[0] & 1U) != 0; }

std::optional<Rank> rank_of(const MacAddress& address, int hosts) {
  const int rank = address[3] << 16 | address[4] << 8 | address[5];
  if (rank >= hosts || address != mac_of(rank)) return {};
  return rank;
}

}  // namespace

MacAddress mac_of(Rank rank) {
  const auto number = static_cast<std::uint32_t>(rank);
  return {0x02,
          0x67,
          0x77,
          static_cast<std::uint8_t>(number >> 16),
          static_cast<std::uint8_t>(number >> 8),
          static_cast<std::uint8_t>(number)};
}

PacketNetwork::PacketNetwork(std::shared_ptr<const Topology> topology, Duration queue_time,
                             RandomStreams streams)
    : topology_(std::move(topology)) {
  for (const Link& link : topology_->links()) {
    links_.emplace_back(link, queue_of(link, queue_time), streams.stream("packets", links_.size()));
  }
}

void PacketNetwork::send(TimePoint now, Rank from, std::span<const std::byte> frame) {
  CHECK(frame.size() <= kLargestFrame, "a frame of {} bytes", frame.size());
  if (frame.size() < 2 * sizeof(MacAddress)) return;
  const MacAddress address = destination_of(frame);
  if (!is_group(address)) {
    const auto to = rank_of(address, hosts());
    if (to && *to != from) send_to(now, from, *to, frame);
    return;
  }
  for (Rank to = 0; to < hosts(); ++to) {
    if (to != from) send_to(now, from, to, frame);
  }
}

void PacketNetwork::send_to(TimePoint now, Rank from, Rank to, std::span<const std::byte> frame) {
  if (free_packets_.empty()) {
    free_packets_.push_back(static_cast<std::uint32_t>(packets_.size()));
    packets_.emplace_back();
  }
  const std::uint32_t id = free_packets_.back();
  free_packets_.pop_back();
  Packet& packet = packets_[id];
  packet.to = to;
  packet.route = &route(from, to);
  packet.hop = 0;
  packet.size = frame.size();
  std::memcpy(packet.frame.data(), frame.data(), frame.size());
  enter_link(now, id);
}

void PacketNetwork::enter_link(TimePoint now, std::uint32_t id) {
  const Packet& packet = packets_[id];
  const auto arrival =
      links_[(*packet.route)[packet.hop]].carry(now, Bytes{static_cast<std::int64_t>(packet.size)});
  if (!arrival) {
    free_packets_.push_back(id);
    return;
  }
  events_.add(*arrival,
              {[](void* network, std::uint64_t which) {
                 static_cast<PacketNetwork*>(network)->left_link(static_cast<std::uint32_t>(which));
               },
               this, id});
}

void PacketNetwork::left_link(std::uint32_t id) {
  Packet& packet = packets_[id];
  if (++packet.hop < packet.route->size()) {
    enter_link(event_time_, id);
    return;
  }
  (*deliver_)(packet.to, std::span(packet.frame).first(packet.size));
  free_packets_.push_back(id);
}

void PacketNetwork::run(TimePoint now, const Deliver& deliver) {
  deliver_ = &deliver;
  for (auto next = events_.next_time(); next && *next <= now; next = events_.next_time()) {
    event_time_ = *next;
    events_.pop()();
  }
}

const Route& PacketNetwork::route(Rank from, Rank to) {
  const auto key = static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint32_t>(to);
  Route& route = routes_[key];
  if (route.empty()) route = topology_->route(from, to);
  return route;
}

}  // namespace gradwire
