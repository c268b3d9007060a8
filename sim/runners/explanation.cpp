#include "sim/runners/explanation.hpp"

#include <algorithm>

#include "netmodel/check.hpp"
#include "sim/runners/virtual_run.hpp"

namespace gradwire {

Explanation explain(const Point& point, std::int64_t step, DataSource& data,
                    const Calibration& calibration) {
  const PointRun run = make_point_run(point, 0, data, &calibration, false);
  CHECK(step >= 1 && step <= run.training.samples.steps(), "step={}", step);
  StepRecording recording{.step = step, .flows = {}, .work = {}};
  const RunOutcome outcome = run_in_virtual_time(run, &recording);
  const WorkerReport& first = outcome.workers.at(0);
  const bool first_of_epoch = (step - 1) % run.training.samples.steps_per_epoch() == 0;
  Explanation explanation{.step = step,
                          .begin = first_of_epoch ? first.epochs.back().start
                                                  : first.step_ends.at(first.step_ends.size() - 2),
                          .end = first.step_ends.back(),
                          .shares = {},
                          .links = {},
                          .flows = recording.flows.flows()};
  explanation.shares = shares_of(
      critical_path({recording.work, explanation.flows}, 0, explanation.begin, explanation.end));
  for (const LinkTraffic& link : outcome.links) explanation.links.push_back(link.name);
  std::erase_if(explanation.flows, [&](const FlowRecord& flow) {
    return flow.arrived <= explanation.begin || flow.arrived > explanation.end;
  });
  return explanation;
}

std::int64_t steps_of(const Point& point, DataSource& data) {
  return training_of(point.scenario, 0, data.shape(point.scenario.data)).samples.steps();
}

}  // namespace gradwire
