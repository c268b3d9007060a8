#include "sim/runners/step_controls.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace gradwire {
namespace {

// Known well: the 95 % interval is within 1 % of the mean, from at least five steps.
constexpr std::size_t kEnoughSteps = 5;
constexpr double kNarrow = 0.01;

}  // namespace

Task<bool> MeasureSome::proceed(std::int64_t step) {
  const auto index = static_cast<std::size_t>(step);
  if (index == decisions_.size()) {
    starts_.push_back(clock_.now());
    decisions_.push_back(decide(step));
  }
  co_return decisions_.at(index);
}

bool MeasureSome::decide(std::int64_t step) {
  if (step <= settings_.warmup) return true;
  if (step >= settings_.warmup + settings_.steps) return false;
  const Duration elapsed = starts_.back() - starts_.front();
  const Duration last = starts_.back() - starts_[starts_.size() - 2];
  if (elapsed + last > settings_.at_most) return false;
  std::vector<double> seconds;
  for (auto i = static_cast<std::size_t>(settings_.warmup); i + 1 < starts_.size(); ++i) {
    seconds.push_back(to_seconds(starts_[i + 1] - starts_[i]));
  }
  const MeanInterval known = mean_interval(seconds);
  return seconds.size() < kEnoughSteps || known.half_width > kNarrow * known.mean;
}

MeanInterval mean_interval(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  if (values.size() < 2) return {mean, 0.0};
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / (count - 1.0));
  const boost::math::students_t student(count - 1.0);
  return {mean, boost::math::quantile(student, 0.975) * deviation / std::sqrt(count)};
}

}  // namespace gradwire
