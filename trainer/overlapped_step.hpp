// A step whose gradients travel while the rest of the backward pass is computed: a bucket of them
// is summed over the nodes as soon as all of it is there, one bucket after the other.
#pragma once

#include <optional>

#include "netmodel/clock.hpp"
#include "netmodel/transport.hpp"
#include "trainer/nn/layer_profile.hpp"
#include "trainer/replica.hpp"
#include "trainer/strategies/strategy.hpp"

namespace gradwire {

/// What it works with; all of it outlives the step. The reducer does not wait for the replica to be
/// done computing (see ComputeInTurn).
struct OverlapContext {
  Clock& clock;
  Replica& replica;
  Strategy& strategy;
  Transport& transport;
  Reducer& reducer;
};

class OverlappedStep {
 public:
  /// `plan` outlives it; the strategy has one sum for each of its buckets.
  OverlappedStep(OverlapContext context, const BackwardPlan& plan)
      : context_(context), plan_(plan) {}

  /// Forward and backward over so many samples, and all sums. Returns where the time went that the
  /// exchange took beyond the end of the backward pass; what the pass hides belongs to computing.
  /// Once. Throws PeerLost.
  Task<PhaseTimes> run(std::int64_t rows);

 private:
  Task<void> compute(std::int64_t rows);
  Task<void> exchange();
  void add_exposed(const PhaseTimes& times, TimePoint start);

  OverlapContext context_;
  const BackwardPlan& plan_;
  int ready_ = 0;  // buckets
  Parking ready_more_;
  std::optional<TimePoint> backward_end_;
  PhaseTimes exposed_;
};

}  // namespace gradwire
