// Leaves out the steps of a timing-only run in virtual time that only repeat what is known
// (netmodel/step_repetition.hpp), and adds them to the reports as if they had been run.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "netmodel/step_repetition.hpp"
#include "sim/runners/outcome.hpp"
#include "trainer/training_plan.hpp"
#include "trainer/virtual_compute.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

/// Outlives the workers; goes before clock, network, processors and reports.
class FastForward final : private StepRepetition::Books {
 public:
  struct World {
    VirtualClock& clock;
    ModelledNetwork& network;
    const VirtualProcessors& processors;
    /// Of all workers, which keep them up to date.
    std::vector<WorkerReport>& reports;
  };

  FastForward(World world, const TrainingPlan& plan);
  ~FastForward() override;

  /// What the worker of this rank is run with.
  StepControl& control(Rank rank);

  /// To be called when all workers are done: completes their reports and the traffic. Returns how
  /// many steps were left out.
  std::int64_t complete(std::vector<LinkTraffic>& links);

 private:
  class RankControl;

  // What a rank had counted in the steps that it had done.
  struct Account {
    std::size_t steps = 0;
    Duration compute{};
    PhaseTimes exchange;
    SentCounters sent;
    std::int64_t samples = 0;
  };
  // What has been counted so far.
  struct Count {
    std::vector<Account> accounts;  // by rank
    std::vector<LinkTraffic> links;
  };
  struct LeftOut {
    std::int64_t times = 0;
    StepRepetition::Period period;
    std::size_t epoch = 0;
    Count before;  // when the period began
    Count after;   // and when it ended
  };

  void describe(RelativeState& state) const override;
  void open(std::size_t begin) override;
  void leave_out(std::size_t begin, std::int64_t times, StepRepetition::Period period) override;
  Count count() const;
  static void complete(WorkerReport& report, std::size_t rank, const LeftOut& left_out);

  World world_;
  std::int64_t steps_per_epoch_;
  std::int64_t alike_;  // of these, from the first
  StepRepetition repetition_;
  std::vector<std::unique_ptr<RankControl>> controls_;
  std::array<Count, StepRepetition::kOpen> open_;  // when a period began that may be under way
  std::vector<LeftOut> left_out_;
};

}  // namespace gradwire
