// How long a training goes on when each worker is a process of its own: rank 0 decides one step
// ahead, and the others hear of it while that step is still under way.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "netmodel/clock.hpp"
#include "sim/scenario/scenario.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

/// For rank 0: announces for each step but the first whether it will be run.
class LeadingSteps final : public StepControl {
 public:
  using Announce = std::function<void(std::int64_t step, bool runs)>;

  LeadingSteps(const Clock& clock, const Scenario::MeasureSteps& settings, Announce announce)
      : clock_(clock), settings_(settings), announce_(std::move(announce)) {}

  Task<bool> proceed(std::int64_t step) override;

 private:
  const Clock& clock_;
  Scenario::MeasureSteps settings_;
  Announce announce_;
  std::vector<TimePoint> starts_;
  bool goes_on_ = true;
};

/// For the others: waits until it is told.
class FollowingSteps final : public StepControl {
 public:
  Task<bool> proceed(std::int64_t step) override;

  /// Announcements come in the order of the steps.
  void announced(std::int64_t step, bool runs);

 private:
  std::int64_t granted_ = 0;
  std::optional<std::int64_t> stop_;
  Parking waiting_;
};

}  // namespace gradwire
