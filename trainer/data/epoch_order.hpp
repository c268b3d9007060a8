// The order in which an epoch visits the samples.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "netmodel/random_streams.hpp"

namespace gradwire {

/// A uniformly random permutation of [0, samples), from the stream "shuffle" of the epoch alone: a
/// resumed run and every node of a run get the same one.
class EpochOrder {
 public:
  EpochOrder(const RandomStreams& streams, std::uint64_t epoch, std::int64_t samples);

  std::int64_t size() const { return static_cast<std::int64_t>(order_.size()); }
  std::span<const std::int64_t> indices() const { return order_; }

  /// Samples [first, first + count) of the epoch.
  std::span<const std::int64_t> range(std::int64_t first, std::int64_t count) const;

 private:
  std::vector<std::int64_t> order_;
};

}  // namespace gradwire
