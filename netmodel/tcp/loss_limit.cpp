#include "netmodel/tcp/loss_limit.hpp"

#include <algorithm>
#include <cmath>

#include "netmodel/check.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

constexpr double kFasterThanAnyLink = 1e12;
constexpr double kCubicC = 0.4;
constexpr double kCubicBeta = 0.7;

double window_of(LossModel model, const LossyPath& path) {
  switch (model) {
    case LossModel::mathis:
      return mathis_window(path.loss);
    case LossModel::pftk:
      return pftk_window(path);
    case LossModel::cubic:
      return cubic_window(path);
    case LossModel::drawn:
      break;
  }
  CHECK(false, "losses that are drawn have no response function");
}

}  // namespace

double mathis_window(double loss) { return std::sqrt(1.5 / loss); }

double pftk_window(const LossyPath& path) {
  const double p = path.loss;
  const double round_trip = to_seconds(path.round_trip);
  const double recovery = round_trip * std::sqrt(2.0 * p / 3.0);
  const double timeouts = to_seconds(path.timeout) * std::min(1.0, 3.0 * std::sqrt(3.0 * p / 8.0)) *
                          p * (1.0 + 32.0 * p * p);
  return round_trip / (recovery + timeouts);
}

double cubic_window(const LossyPath& path) {
  const double growth = kCubicC * (3.0 + kCubicBeta) / (4.0 * (1.0 - kCubicBeta));
  const double window =
      std::pow(growth, 0.25) * std::pow(to_seconds(path.round_trip) / path.loss, 0.75);
  return std::max(window, mathis_window(path.loss));
}

std::optional<BitsPerSecond> loss_limit(LossModel model, const LossyPath& path) {
  if (path.loss <= 0.0 || path.round_trip <= Duration{}) return std::nullopt;
  const double bits = 8.0 * static_cast<double>(kTcpPackets.full_packet());
  const double rate = bits / to_seconds(path.round_trip) * window_of(model, path);
  if (rate > kFasterThanAnyLink) return std::nullopt;
  return BitsPerSecond{std::max<std::int64_t>(1, std::llround(rate))};
}

}  // namespace gradwire
