// The state of a training in the middle of it, in one file, so that a run that was killed goes on.
//
// Everything that is drawn comes from streams that seed, purpose and number alone decide
// (netmodel/random_streams.hpp): with the steps that were taken they are all known, and no engine's
// state has to be kept.
//
// A file is the text "gradwire checkpoint", the version of its format, what was trained, the steps,
// what the runner has observed, and for each node its weights, optimizer state, losses and report;
// a SHA-256 of all this ends it. Weights that are those of the node before, as in every synchronous
// training, are in it once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/worker_report.hpp"

namespace gradwire {

/// What one node knows besides the plan, after a number of steps.
struct NodeState {
  std::vector<float> parameters;
  std::vector<float> optimizer;  ///< Optimizer::state()
  double loss_sum = 0.0;         ///< since the last epoch ended
  WorkerReport report{};         ///< so far: the last epoch is under way

  friend bool operator==(const NodeState&, const NodeState&) = default;
};

struct Checkpoint {
  std::string training;  ///< what was trained: equal for equal trainings only
  std::int64_t steps = 0;
  std::vector<NodeState> nodes;  ///< by rank
  std::string observed{};        ///< by the runner, in its own words

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Replaces the file in one move: whatever ends the program, the old one or the new one is there.
/// Throws std::system_error.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws DataError for a file that is not a whole checkpoint of this version.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// One node's state on its way to another process of this program.
std::string to_bytes(const NodeState& state);
/// Throws DataError for anything else.
NodeState state_from_bytes(std::string_view bytes);

}  // namespace gradwire
