// What a synchronous training learns does not depend on how long its messages take: points that
// differ in the network only share one trajectory, which is computed once.
#pragma once

#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>

#include "sim/results/repeat_result.hpp"
#include "trainer/training_plan.hpp"

namespace gradwire {

/// Equal for trainings whose weights are provably equal after every step, and noted after the same
/// steps.
std::string trajectory_key(const TrainingPlan& training);

/// Thread-safe.
class Trajectories {
 public:
  using Compute = std::function<RepeatResult()>;

  /// The first caller with a trajectory computes its result with all arithmetic; the others wait
  /// for it and merge its losses, accuracies and hashes into what `compute_timing` returns, the
  /// result of the same run without arithmetic. What either throws passes through, to all who wait.
  RepeatResult share(const TrainingPlan& training, const Compute& compute_all,
                     const Compute& compute_timing);

 private:
  struct Known {
    TrainingPlan training;
    std::shared_future<RepeatResult> result;
  };

  std::mutex mutex_;
  std::map<std::string, Known> known_;  // by trajectory_key()
};

}  // namespace gradwire
