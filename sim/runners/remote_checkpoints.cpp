#include "sim/runners/remote_checkpoints.hpp"

#include <utility>

#include "netmodel/check.hpp"
#include "sim/runners/report_json.hpp"

namespace gradwire {

using nlohmann::json;

RemoteCheckpoints::RemoteCheckpoints(const json& job, Send send)
    : Checkpoints(job.at("every").get<std::int64_t>(), Earlier::left_out),
      send_(std::move(send)),
      resumed_steps_(job.at("steps").get<std::int64_t>()) {
  if (resumed_steps_ > 0) resumed_ = state_from(job.at("state"));
}

json RemoteCheckpoints::job(const CheckpointFile& file, Rank rank) {
  json job{{"every", file.every()}, {"steps", file.resumed_steps()}};
  if (file.resumed_steps() > 0) job["state"] = to_json(file.resumed_state(rank));
  return job;
}

const NodeState& RemoteCheckpoints::resumed_state(Rank /*rank*/) const {
  CHECK(resumed_steps_ > 0, "nothing to go on from");
  return resumed_;
}

Task<void> RemoteCheckpoints::add(std::int64_t steps, Rank /*rank*/, NodeState state) {
  send_({{"state", to_json(state)}, {"steps", steps}});
  while (kept_steps_ < steps && !abandoned_) co_await parking_.wait();
  if (abandoned_) throw Abandoned();
}

std::shared_ptr<RemoteCheckpoints> RemoteCheckpoints::of_job(const json& job,
                                                             TrainingPlan& training, Send send) {
  const auto part = job.find("checkpoints");
  if (part == job.end()) return nullptr;
  auto checkpoints = std::make_shared<RemoteCheckpoints>(*part, std::move(send));
  training.checkpoints = checkpoints;
  return checkpoints;
}

void RemoteCheckpoints::hear(const json& message) {
  const auto steps = message.find("kept");
  if (steps == message.end()) return;
  kept_steps_ = steps->get<std::int64_t>();
  parking_.wake();
}

void RemoteCheckpoints::abandon() {
  abandoned_ = true;
  parking_.wake();
}

}  // namespace gradwire
