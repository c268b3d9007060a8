#include "sim/runners/step_controls.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace gradwire {
namespace {

// Known well: the 95 % interval is within 1 % of the mean, from at least five steps.
constexpr std::size_t kEnoughSteps = 5;
// Steps of few milliseconds drift together while a machine gets up to its speed.
constexpr double kEnoughSeconds = 0.2;
constexpr double kNarrow = 0.01;

}  // namespace

Task<bool> MeasureSome::proceed(std::int64_t step) {
  const auto index = static_cast<std::size_t>(step);
  if (index == decisions_.size()) {
    starts_.push_back(clock_.now());
    decisions_.push_back(is_worth_running(settings_, step, starts_));
  }
  co_return decisions_.at(index);
}

bool is_worth_running(const Scenario::MeasureSteps& settings, std::int64_t step,
                      const std::vector<TimePoint>& starts) {
  if (step <= settings.warmup) return true;
  if (step >= settings.warmup + settings.steps) return false;
  if (starts.size() < 2) return true;
  const Duration elapsed = starts.back() - starts.front();
  const Duration last = starts.back() - starts[starts.size() - 2];
  const std::int64_t ahead = step - std::ssize(starts) + 2;  // of the last start
  if (elapsed + ahead * last > settings.at_most) return false;
  std::vector<double> seconds;
  for (auto i = static_cast<std::size_t>(settings.warmup); i + 1 < starts.size(); ++i) {
    seconds.push_back(to_seconds(starts[i + 1] - starts[i]));
  }
  const MeanInterval known = mean_interval(seconds);
  const auto count = static_cast<double>(seconds.size());
  return seconds.size() < kEnoughSteps || known.mean * count < kEnoughSeconds ||
         known.half_width > kNarrow * known.mean;
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
