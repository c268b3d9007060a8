// A training worker: written once, for every world. It never asks which one it is in.
#pragma once

#include "netmodel/clock.hpp"
#include "netmodel/transport.hpp"
#include "trainer/compute.hpp"
#include "trainer/training_plan.hpp"
#include "trainer/worker_report.hpp"

namespace gradwire {

/// Decides how long a training goes on; the same decision for every worker.
class StepControl {
 public:
  virtual ~StepControl() = default;

  /// Asked by each worker before each step (from 0, over all epochs). A `false` ends the training
  /// for all.
  virtual Task<bool> proceed(std::int64_t step) = 0;

  /// Asked by each worker after every proceed() that said yes: how many steps of the epoch it
  /// leaves out before it takes one, the same number for all workers. Whoever says so completes
  /// their reports.
  virtual std::int64_t leave_out() { return 0; }
};

/// What a worker works with; all of it outlives the worker.
struct WorkerContext {
  Clock& clock;
  Transport& transport;
  Compute& compute;
  StepControl& control;
};

/// Trains to the end of the plan, or until the control ends it. All ranks of the transport run this
/// with the same plan. Time between epochs (evaluation, waiting for it) belongs to none, and where
/// times are measured, what keeping a checkpoint takes neither. The report is empty at first and up
/// to date after every step, but for the weights. Throws PeerLost; cancellable.
Task<void> run_worker(WorkerContext context, const TrainingPlan& plan, WorkerReport& report);

}  // namespace gradwire
