// The checkpoints of a worker whose runner is another process: states travel to it as messages.
//
//   runner to worker: "checkpoints" in its job: {every, steps, state}; there is a state only if the
//                     run goes on from one
//   worker to runner: {"state": state, "steps": steps} and what send() adds
//   runner to worker: {"kept": steps}, when it has the states of all nodes
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "trainer/checkpoints.hpp"
#include "trainer/training_plan.hpp"

namespace gradwire {

class RemoteCheckpoints final : public Checkpoints {
 public:
  using Send = std::function<void(nlohmann::json)>;

  /// From the part of the job. `send` outlives the checkpoints. Throws DataError,
  /// nlohmann::json::exception for something else.
  RemoteCheckpoints(const nlohmann::json& job, Send send);

  /// That part of the job.
  static nlohmann::json job(const CheckpointFile& file, Rank rank);

  std::int64_t resumed_steps() const override { return resumed_steps_; }
  const NodeState& resumed_state(Rank rank) const override;
  Task<void> add(std::int64_t steps, Rank rank, NodeState state) override;

  /// Lets a worker hand in its states if its job asks for that; none: it does not.
  static std::shared_ptr<RemoteCheckpoints> of_job(const nlohmann::json& job,
                                                   TrainingPlan& training, Send send);

  /// Whatever the runner says, that it has kept the states included.
  void hear(const nlohmann::json& message);
  /// It is gone: ends an add() that waits for it.
  void abandon();

 private:
  Send send_;
  std::int64_t resumed_steps_;
  NodeState resumed_;
  std::int64_t kept_steps_ = 0;
  bool abandoned_ = false;
  Parking parking_;
};

}  // namespace gradwire
