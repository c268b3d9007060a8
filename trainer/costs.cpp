#include "trainer/costs.hpp"

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

Duration scaled(Duration duration, std::int64_t numerator, std::int64_t denominator) {
  const __int128 product = static_cast<__int128>(duration.count()) * numerator;
  return Duration(static_cast<std::int64_t>(product / denominator));
}

}  // namespace

StepCost::StepCost(std::map<int, Duration> by_rows) : by_rows_(std::move(by_rows)) {
  CHECK(!by_rows_.empty() && by_rows_.begin()->first >= 1, "a cost needs a measurement");
}

Duration StepCost::of(int rows) const {
  if (rows == 0) return {};
  const auto above = by_rows_.lower_bound(rows);
  if (above == by_rows_.end()) {
    const auto& [last_rows, last] = *by_rows_.rbegin();
    return scaled(last, rows, last_rows);
  }
  if (above->first == rows) return above->second;
  if (above == by_rows_.begin()) return scaled(above->second, rows, above->first);
  const auto below = std::prev(above);
  return below->second +
         scaled(above->second - below->second, rows - below->first, above->first - below->first);
}

}  // namespace gradwire
