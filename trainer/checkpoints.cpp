#include "trainer/checkpoints.hpp"

#include <fmt/format.h>

#include <utility>

#include "netmodel/check.hpp"
#include "trainer/data/dataset.hpp"

namespace gradwire {

Checkpoints::Checkpoints(std::int64_t every, Earlier earlier) : every_(every), earlier_(earlier) {
  CHECK(every_ >= 1, "a checkpoint every {} steps", every_);
}

CheckpointFile::CheckpointFile(std::filesystem::path path, std::string training, int nodes,
                               std::int64_t every, Earlier earlier)
    : Checkpoints(every, earlier),
      path_(std::move(path)),
      training_(std::move(training)),
      nodes_(nodes) {
  if (!std::filesystem::exists(path_)) return;
  resumed_ = read_checkpoint(path_);
  if (resumed_->training != training_ ||
      resumed_->nodes.size() != static_cast<std::size_t>(nodes_)) {
    throw DataError(fmt::format("{}: a checkpoint of another training; delete it to begin anew",
                                path_.string()));
  }
}

const NodeState& CheckpointFile::resumed_state(Rank rank) const {
  CHECK(resumed_, "nothing to go on from");
  return resumed_->nodes.at(static_cast<std::size_t>(rank));
}

const std::string& CheckpointFile::resumed_observations() const {
  CHECK(resumed_, "nothing to go on from");
  return resumed_->observed;
}

Task<void> CheckpointFile::add(std::int64_t steps, Rank rank, NodeState state) {
  const bool complete = keep(steps, rank, std::move(state));
  if (!leaves_out()) co_return;
  if (abandoned_) throw Abandoned();
  if (complete) {
    wake_waiting();
    co_return;
  }
  Parking parking;
  waiting_.push_back(&parking);
  try {
    co_await parking.wait();
  } catch (...) {
    std::erase(waiting_, &parking);
    throw;
  }
  if (abandoned_) throw Abandoned();
}

void CheckpointFile::abandon() {
  abandoned_ = true;
  wake_waiting();
}

void CheckpointFile::remove() const { std::filesystem::remove(path_); }

void CheckpointFile::wake_waiting() {
  for (Parking* const waiting : std::exchange(waiting_, {})) waiting->wake();
}

bool CheckpointFile::keep(std::int64_t steps, Rank rank, NodeState state) {
  std::map<Rank, NodeState>& states = pending_[steps];
  states[rank] = std::move(state);
  if (states.size() < static_cast<std::size_t>(nodes_)) return false;
  Checkpoint checkpoint{training_, steps, {}, observer_ ? observer_() : std::string()};
  for (auto& [node, complete] : states) checkpoint.nodes.push_back(std::move(complete));
  pending_.erase(steps);
  write_checkpoint(path_, checkpoint);
  return true;
}

}  // namespace gradwire
