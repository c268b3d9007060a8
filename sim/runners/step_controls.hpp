// How long a training goes on.
#pragma once

#include <vector>

#include "netmodel/clock.hpp"
#include "sim/scenario/scenario.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

/// To the end of the plan.
class RunEverything final : public StepControl {
 public:
  Task<bool> proceed(std::int64_t /*step*/) override { co_return true; }
};

/// A number of steps, enough to know the time of one: fewer when that time is known well already or
/// the time allowed is over, but always one step after the warm-up. For workers of one thread.
class MeasureSome final : public StepControl {
 public:
  MeasureSome(const Clock& clock, const Scenario::MeasureSteps& settings)
      : clock_(clock), settings_(settings) {}

  Task<bool> proceed(std::int64_t step) override;

 private:
  bool decide(std::int64_t step);

  const Clock& clock_;
  Scenario::MeasureSteps settings_;
  std::vector<TimePoint> starts_;  // of the steps so far, by the first worker that asked
  std::vector<bool> decisions_;
};

/// Mean and half-width of its 95 % interval (Student's t); zero below two values.
struct MeanInterval {
  double mean = 0.0;
  double half_width = 0.0;
};
MeanInterval mean_interval(const std::vector<double>& values);

}  // namespace gradwire
