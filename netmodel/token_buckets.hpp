// What the buckets of token-bucket shapers let run ahead: after a pause, a link passes as many
// bytes at once as its bucket holds, and only the rest at its rate (Linux, tc-tbf(8)).
#pragma once

#include <span>
#include <vector>

#include "netmodel/fair_share.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

/// The buckets of all links. A bucket fills at the link's rate while nothing crosses it; flows that
/// share a link find in its bucket what those before them have left.
class TokenBuckets {
 public:
  /// Links by ResourceId.
  explicit TokenBuckets(std::span<const Link> links);

  bool any() const { return !buckets_.empty(); }

  /// The bucket fills at another rate from now on.
  void set_rate(ResourceId link, BitsPerSecond rate, TimePoint now);

  /// `bits` begin to cross this route. Returns how many of them take no time: (w - c) / r is the
  /// time that the slowest link r needs for the rest, where each link l, with b tokens, needs
  /// (w - b) / r_l.
  std::int64_t start(std::span<const ResourceId> route, std::int64_t bits, TimePoint now);

  /// They have crossed it, or were given up.
  void end(std::span<const ResourceId> route, TimePoint now);

 private:
  struct Bucket {
    void fill(TimePoint now);

    std::int64_t rate = 0;  // bit/s
    std::int64_t size = 0;  // bits
    std::int64_t tokens = 0;
    TimePoint idle_since{};
    std::int64_t flows = 0;
  };

  std::vector<Bucket> buckets_;  // none where no link has one
};

}  // namespace gradwire
