#include "sim/results/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

constexpr int kSmallestInterval = 6;
constexpr double kOutside = 0.05;  // 1 - confidence

// P(Binomial(n, 1/2) = i), by logarithms: 2^-n alone would underflow from n = 1075 on.
double half_binomial(int n, int i) {
  return std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0) -
                  n * std::numbers::ln2);
}

}  // namespace

int median_interval_rank(int count) {
  int rank = 0;
  for (double below = 0; rank < count; ++rank) {
    below += half_binomial(count, rank);  // P(Binomial < rank + 1)
    if (2 * below > kOutside) break;
  }
  return rank;
}

Summary summarise(std::vector<double> values) {
  CHECK(!values.empty());
  for (const double value : values) CHECK(std::isfinite(value), "value={}", value);
  std::sort(values.begin(), values.end());
  const auto count = static_cast<int>(values.size());
  Summary summary;
  summary.count = count;
  const std::size_t middle = values.size() / 2;
  summary.median = count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  if (count == 1) {
    summary.low = summary.high = summary.median;
  } else if (count < kSmallestInterval) {
    summary.low = values.front();
    summary.high = values.back();
    summary.spread = Spread::range;
  } else {
    const int rank = median_interval_rank(count);
    summary.low = values[static_cast<std::size_t>(rank - 1)];
    summary.high = values[static_cast<std::size_t>(count - rank)];
    summary.spread = Spread::interval95;
  }
  return summary;
}

}  // namespace gradwire
