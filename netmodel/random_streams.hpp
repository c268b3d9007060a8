// Named random streams: one for each purpose and node, so that a new draw in one place shifts
// nothing anywhere else, and the same seed gives the same run on every machine.
//
// Engines are std::mt19937_64, whose output the C++ standard fixes. Distributions come from
// Boost.Random (the standard library's differ between implementations).
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace gradwire {

using RandomEngine = std::mt19937_64;

/// A family of independent engines, all derived from one seed.
class RandomStreams {
 public:
  explicit RandomStreams(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t seed() const { return seed_; }

  /// A fresh engine for this purpose ("weights", "shuffle") and index (a node, an epoch); the same
  /// arguments always give an engine in the same state.
  RandomEngine stream(std::string_view purpose, std::uint64_t index = 0) const;

  /// The same for two indices, e.g. node and epoch.
  RandomEngine stream(std::string_view purpose, std::uint64_t index, std::uint64_t second) const;

 private:
  std::uint64_t seed_;
};

}  // namespace gradwire
