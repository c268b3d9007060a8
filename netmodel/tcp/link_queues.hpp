// What stands in front of links at switches, and what is lost there.
//
// A connection whose window is larger than what its way holds keeps the rest standing in front of
// the link that is its bottleneck. Whatever else passes there waits behind it: a queue is first in,
// first out. The connections that stand in it themselves wait by their share of the link, and no
// longer.
//
// Who asks in an instant is told what stood there before it, so that the order of what happens in
// one instant does not matter.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "netmodel/topology.hpp"

namespace gradwire {

class RelativeState;

class LinkQueues {
 public:
  explicit LinkQueues(std::span<const Link> links);

  /// Whether there are queues: links with a length for theirs.
  bool any() const { return any_; }

  void join(LinkIndex link, std::int64_t bits, TimePoint now);
  void leave(LinkIndex link, std::int64_t bits, TimePoint now);

  /// How long the last bit waits on this route, except where its own connection stands.
  Duration delay(const Route& route, std::optional<LinkIndex> own, std::span<const Link> links,
                 TimePoint now) const;

  /// Packets that did not fit, or were lost by chance on this link.
  void drop(LinkIndex link, std::int64_t packets);
  /// Packets that were lost by chance on this route: on each link as its loss has it.
  void drop_by_chance(const Route& route, double packets, std::span<const Link> links);

  /// Adds what those who ask in this instant are told.
  void describe(RelativeState& state, TimePoint now) const;

  Bytes peak(LinkIndex link) const;
  /// In millionths of a packet.
  std::int64_t micro_drops(LinkIndex link) const;

 private:
  struct Queue {
    std::int64_t before = 0;  // bits, until `changed`
    std::int64_t bits = 0;
    TimePoint changed{};
    std::int64_t peak = 0;  // of instants that are over
    std::int64_t micro_drops = 0;
  };
  Queue& at(LinkIndex link);
  void change(LinkIndex link, std::int64_t bits, TimePoint now);

  std::size_t links_;
  bool any_ = false;
  std::vector<Queue> queues_;  // by LinkIndex, from the first use on
};

}  // namespace gradwire
