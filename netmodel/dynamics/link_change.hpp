// What can change about a link while it is used.
#pragma once

#include <optional>

#include "netmodel/units.hpp"

namespace gradwire {

/// What is set is changed, the rest stays.
struct LinkChange {
  std::optional<BitsPerSecond> rate{};  ///< 0: carries nothing for now
  std::optional<Duration> latency{};
  std::optional<Duration> jitter{};
  std::optional<double> loss{};

  bool is_empty() const { return !rate && !latency && !jitter && !loss; }
};

}  // namespace gradwire
