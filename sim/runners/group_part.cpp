#include "sim/runners/group_part.hpp"

#include "sim/runners/node_run.hpp"
#include "sim/runners/trajectories.hpp"

namespace gradwire {

GroupPart::GroupPart(GroupNetwork& network, boost::asio::io_context& context, const PointRun& run,
                     int threads)
    : run_(run),
      threads_(threads),
      joining_(network.training(context.get_executor(), clock_, run.topology->hosts())) {}

Task<void> GroupPart::train(StepControl& control) {
  sampler_.emplace(joining_.transport->rank());
  co_await run_node({clock_, *joining_.transport, pool_, control, run_.training, threads_},
                    std::move(joining_.joined), report_);
  samples_ = sampler_->stop();
}

std::string training_key(const PointRun& run) {
  TrainingPlan described = run.training;
  described.data = nullptr;  // its address means nothing elsewhere
  // Who runs some steps only waits for the leader to grant them.
  return trajectory_key(described) + (run.measure ? "some steps" : "all steps");
}

}  // namespace gradwire
