// What connections of the modelled network do to each other beside sharing links: acknowledgements
// that take room in the other direction, queues that others wait in.
#include <algorithm>
#include <utility>

#include "netmodel/transports/modelled_network.hpp"

namespace gradwire {

void ModelledNetwork::begin_acknowledging(const Route& there, const Route& back,
                                          BitsPerSecond rate) {
  acks_changed_.clear();
  acks_->begin(there, back, rate, acks_changed_);
  for (const LinkIndex link : acks_changed_) set_capacity(link);
}

void ModelledNetwork::end_acknowledging(const Route& back, BitsPerSecond rate) {
  acks_changed_.clear();
  acks_->end(back, rate, acks_changed_);
  for (const LinkIndex link : acks_changed_) set_capacity(link);
}

void ModelledNetwork::acknowledge(Connection& way) {
  if (clock_.cancel(std::exchange(way.more->acknowledged, {}))) --acks_ending_;
  if (way.more->acknowledged_rate.count > 0) return;
  way.more->acknowledged_rate = way.more->full_rate;
  begin_acknowledging(way.route, way.more->back, way.more->acknowledged_rate);
}

void ModelledNetwork::acknowledge_at_new_rate(Connection& way) {
  if (way.more->acknowledged_rate.count == 0 || way.more->acknowledged_rate == way.more->full_rate)
    return;
  end_acknowledging(way.more->back,
                    std::exchange(way.more->acknowledged_rate, way.more->full_rate));
  begin_acknowledging(way.route, way.more->back, way.more->acknowledged_rate);
}

// Acknowledgements come back for one round trip after the last bit has left.
void ModelledNetwork::acknowledge_the_rest(Connection& way) {
  ++acks_ending_;
  way.more->acknowledged =
      clock_.at(clock_.now() + way.more->round_trip,
                {[](void* target, std::uint64_t which) {
                   auto& network = *static_cast<ModelledNetwork*>(target);
                   const auto size = static_cast<std::uint64_t>(network.size());
                   Connection& way = network.connection(static_cast<Rank>(which / size),
                                                        static_cast<Rank>(which % size));
                   --network.acks_ending_;
                   way.more->acknowledged = {};
                   network.acknowledge_no_more(way);
                 },
                 this,
                 static_cast<std::uint64_t>(way.from) * static_cast<std::uint64_t>(size()) +
                     static_cast<std::uint64_t>(way.to)});
}

void ModelledNetwork::acknowledge_no_more(Connection& way) {
  if (clock_.cancel(std::exchange(way.more->acknowledged, {}))) --acks_ending_;
  const BitsPerSecond rate = std::exchange(way.more->acknowledged_rate, BitsPerSecond{});
  if (rate.count > 0) end_acknowledging(way.more->back, rate);
}

// What others' queues add to the round trip, there and back.
Duration ModelledNetwork::queueing_of(const Connection& way) const {
  return queues_.delay(way.route, own_queue(way), topology_->links(), clock_.now()) +
         queues_.delay(way.more->back, {}, topology_->links(), clock_.now());
}

// What the last bit of a message still waits behind others: a message that had only its share of
// the links has waited for them already.
Duration ModelledNetwork::wait_in_queues(Connection& way) const {
  const Duration others =
      queues_.delay(way.route, own_queue(way), topology_->links(), clock_.now());
  return std::max(Duration{}, others - std::exchange(way.more->waited, Duration{}));
}

std::optional<LinkIndex> ModelledNetwork::own_queue(const Connection& way) {
  return way.tcp->standing() > 0 ? std::optional(way.more->standing_at) : std::nullopt;
}

// A part has left. On a way of its own it would have taken as long as its slowest link, or what
// bounds the connection, takes.
void ModelledNetwork::count_waiting(Connection& way) const {
  const BitsPerSecond slowest = slowest_of(topology_->links(), way.route);
  const MicroRate rate = std::min(slowest.count * kMicro, way.cap_now());
  const Duration alone(
      static_cast<std::int64_t>(__int128{way.more->part_bits} * 1'000'000'000 * kMicro / rate));
  way.more->waited += std::max(Duration{}, clock_.now() - way.more->part_started - alone);
}

// What it kept standing in its last part it keeps in the next one, as far as that goes.
void ModelledNetwork::stand(Connection& way, std::int64_t bits) {
  way.more->standing = std::min(way.tcp->standing(), bits);
  if (way.more->standing > 0) queues_.join(way.more->standing_at, way.more->standing, clock_.now());
}

void ModelledNetwork::stand_no_more(Connection& way) {
  const std::int64_t bits = std::exchange(way.more->standing, 0);
  if (bits > 0) queues_.leave(way.more->standing_at, bits, clock_.now());
}

// What the sender has lost since it had lost so much.
void ModelledNetwork::count_losses(const Connection& way, const TcpBottleneck& bottleneck,
                                   std::int64_t by_chance, std::int64_t in_queue) {
  const std::int64_t drawn = way.tcp->lost_by_chance() - by_chance;
  if (drawn > 0) {
    queues_.drop_by_chance(way.route, static_cast<double>(drawn), topology_->links());
  }
  const std::int64_t overflowed = way.tcp->lost_in_queue() - in_queue;
  if (overflowed > 0) queues_.drop(bottleneck.link, overflowed);
}

}  // namespace gradwire
