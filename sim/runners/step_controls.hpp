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

/// Whether it is worth it to run step `step` (from 0) of a measurement, given when the steps so far
/// began; the last of them may be under way. Steps after the warm-up are run until their time is
/// known well and they took a while, there are enough of them, or the next one would not end within
/// the time allowed; one is run always.
bool is_worth_running(const Scenario::MeasureSteps& settings, std::int64_t step,
                      const std::vector<TimePoint>& starts);

/// As many steps as are worth running. For workers of one thread.
class MeasureSome final : public StepControl {
 public:
  MeasureSome(const Clock& clock, const Scenario::MeasureSteps& settings)
      : clock_(clock), settings_(settings) {}

  Task<bool> proceed(std::int64_t step) override;

 private:
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
