#include "netmodel/jitter.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

// In deviations from the mean: what a table of netem can hold, +-32767 / 8192.
constexpr double kFarthest = 4.0;

double draw_normal(RandomEngine& random) {
  return boost::random::normal_distribution<double>(0.0, 1.0)(random);
}

// u^(-1/3) has the mean 3/2 and the variance 3/4; iproute2 takes 3/4 for the deviation.
double draw_pareto(RandomEngine& random) {
  const double uniform = 1.0 - boost::random::uniform_01<double>()(random);  // never 0
  return (1.0 / std::cbrt(uniform) - 1.5) * 4.0 / 3.0;
}

Duration around_half(Duration jitter, double deviations) {
  const double half = static_cast<double>(jitter.count()) / 2.0;
  return Duration(std::llround(half * (1.0 + std::clamp(deviations, -kFarthest, kFarthest))));
}

}  // namespace

Duration draw_jitter(JitterShape shape, Duration jitter, RandomEngine& random) {
  switch (shape) {
    case JitterShape::uniform:
      return Duration(
          boost::random::uniform_int_distribution<std::int64_t>(0, jitter.count())(random));
    case JitterShape::normal:
      return around_half(jitter, draw_normal(random));
    case JitterShape::pareto:
      return around_half(jitter, draw_pareto(random));
  }
  CHECK(false, "jitter shape {}", static_cast<int>(shape));
}

}  // namespace gradwire
