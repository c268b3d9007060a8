#include "sim/runners/virtual_run.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "netmodel/check.hpp"
#include "netmodel/dynamics/network_dynamics.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"
#include "sim/runners/fast_forward.hpp"
#include "sim/runners/step_controls.hpp"
#include "trainer/nn/backend.hpp"
#include "trainer/virtual_compute.hpp"

namespace gradwire {
namespace {

// `presence` goes with the worker.
Task<void> run_one(WorkerContext context, const TrainingPlan& plan, WorkerReport& report,
                   [[maybe_unused]] std::shared_ptr<void> presence) {
  co_await run_worker(context, plan, report);
}

std::vector<double> speeds_of(const Scenario& scenario) {
  std::vector<double> speeds;
  speeds.reserve(static_cast<std::size_t>(scenario.network.nodes));
  for (int rank = 0; rank < scenario.network.nodes; ++rank) {
    speeds.push_back(scenario.nodes.speed_of(rank));
  }
  return speeds;
}

// Ends the training with the recorded step, and forgets what was before it.
class UpToStep final : public StepControl {
 public:
  explicit UpToStep(StepRecording& recording) : recording_(recording) {}

  Task<bool> proceed(std::int64_t step) override {
    const std::int64_t last = recording_.step - 1;
    if (step == last && !std::exchange(reached_, true)) {
      recording_.flows.forget();
      for (auto& spans : recording_.work) spans.clear();
    }
    co_return step <= last;
  }

 private:
  StepRecording& recording_;
  bool reached_ = false;
};

}  // namespace

RunOutcome run_in_virtual_time(const PointRun& run, StepRecording* recording) {
  CHECK(run.training.costs, "virtual time needs the costs of the steps");
  use_threads(1);
  VirtualClock clock;
  boost::asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);  // one thread: no locks
  ModelledNetwork network(clock, run.topology, RandomStreams(run.training.seed),
                          run.scenario.network.transport);
  VirtualProcessors processors(clock, {run.scenario.nodes.cores, run.scenario.nodes.host_cores},
                               speeds_of(run.scenario));
  NetworkDynamics dynamics(clock, network, run.scenario.network.dynamics,
                           RandomStreams(run.training.seed));
  // What goes on beside the training ends with its last worker.
  std::shared_ptr<void> presence(nullptr, [&dynamics](void*) { dynamics.stop(); });
  RunEverything everything;
  std::optional<UpToStep> up_to_step;
  std::vector<NotedCompute> noted;
  if (recording != nullptr) {
    up_to_step.emplace(*recording);
    network.record(&recording->flows);
    recording->work.resize(static_cast<std::size_t>(network.size()));
    noted.reserve(recording->work.size());
    for (Rank rank = 0; rank < network.size(); ++rank) {
      noted.emplace_back(processors.of(rank), clock,
                         recording->work[static_cast<std::size_t>(rank)]);
    }
  }
  StepControl& control = up_to_step ? static_cast<StepControl&>(*up_to_step) : everything;
  RunOutcome outcome;
  outcome.workers.resize(static_cast<std::size_t>(network.size()));
  std::optional<FastForward> fast_forward;
  const bool may_leave_out = !run.training.data && recording == nullptr;
  if (may_leave_out && run.scenario.fast_forward == Scenario::FastForward::automatic) {
    fast_forward.emplace(FastForward::World{clock, network, processors, outcome.workers},
                         run.training);
  }
  TaskGroup workers(context.get_executor(), TaskGroup::OnError::cancel_others);
  for (Rank rank = 0; rank < network.size(); ++rank) {
    const auto index = static_cast<std::size_t>(rank);
    Compute& compute = noted.empty() ? processors.of(rank) : noted[index];
    StepControl& steps = fast_forward ? fast_forward->control(rank) : control;
    workers.spawn(run_one({clock, network.endpoint(rank), compute, steps}, run.training,
                          outcome.workers[index], presence));
  }
  presence.reset();
  clock.run(context);
  if (!workers.done()) {
    const std::string waiting = network.waiting();
    const bool interrupted = network.is_interrupted();
    const std::string when = to_string(clock.now().time_since_epoch());
    workers.cancel();
    clock.run(context);
    if (interrupted) {
      throw TrainingStalled(fmt::format(
          "the training stands still at {}: network.events or network.traces leave links without "
          "any rate, and nothing is to come that changes it\n{}",
          when, waiting));
    }
    CHECK(false, "the workers block each other:\n{}", waiting);
  }
  if (workers.first_error()) std::rethrow_exception(workers.first_error());
  outcome.links = network.usage();
  if (fast_forward) outcome.steps_left_out = fast_forward->complete(outcome.links);
  return outcome;
}

}  // namespace gradwire
