// A repeat in virtual time.
#pragma once

#include <stdexcept>
#include <vector>

#include "netmodel/transports/flow_record.hpp"
#include "sim/explain/work_span.hpp"
#include "sim/runners/outcome.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {

/// Links without any rate hold the training up, and nothing will change that.
class TrainingStalled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What is to be recorded of a step, and what was: everything that ended since the first worker
/// began it.
struct StepRecording {
  std::int64_t step = 1;  ///< from 1
  FlowRecorder flows;
  std::vector<std::vector<WorkSpan>> work;  ///< by rank, in order
};

/// Runs the whole training in virtual time; with arithmetic if `run.training` has data.
/// Deterministic. Throws CheckFailure, naming who waits for whom, if the workers block each other,
/// and TrainingStalled. With a recording the training ends with its step.
RunOutcome run_in_virtual_time(const PointRun& run, StepRecording* recording = nullptr);

}  // namespace gradwire
