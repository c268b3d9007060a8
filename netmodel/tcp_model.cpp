#include "netmodel/tcp_model.hpp"

#include <algorithm>
#include <cmath>

namespace gradwire {
namespace {

constexpr double kFasterThanAnyLink = 1e12;

}  // namespace

std::optional<BitsPerSecond> loss_limit(double loss, Duration round_trip) {
  if (loss <= 0.0 || round_trip <= Duration{}) return std::nullopt;
  const double bits = 8.0 * static_cast<double>(kSegmentPayload + kSegmentOverhead);
  const double rate = bits / to_seconds(round_trip) * std::sqrt(1.5 / loss);
  if (rate > kFasterThanAnyLink) return std::nullopt;
  return BitsPerSecond{std::max<std::int64_t>(1, std::llround(rate))};
}

}  // namespace gradwire
