// The state of a training in the middle of it, in one file, so that a run that was killed goes on.
//
// Everything that is drawn comes from streams that seed, purpose and number alone decide
// (netmodel/random_streams.hpp): with the steps that were taken they are all known, and no engine's
// state has to be kept.
//
// A file is the text "gradwire checkpoint", the version of its format, what was trained, the steps,
// and for each node its losses, weights and optimizer state; a SHA-256 of all this ends it. Weights
// that are those of the node before, as in every synchronous training, are in it once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "netmodel/transport.hpp"
#include "trainer/quality/score.hpp"

namespace gradwire {

/// What one node knows besides the plan, after a number of steps.
struct NodeState {
  struct Epoch {
    double loss_sum = 0.0;
    std::optional<double> accuracy;
    std::vector<Score> scores{};

    friend bool operator==(const Epoch&, const Epoch&) = default;
  };

  std::vector<float> parameters;
  std::vector<float> optimizer;                ///< Optimizer::state()
  double loss_sum = 0.0;                       ///< since the last epoch ended
  std::vector<Epoch> epochs;                   ///< those that have ended
  std::map<std::int64_t, std::string> hashes;  ///< as WorkerReport::hashes

  friend bool operator==(const NodeState&, const NodeState&) = default;
};

struct Checkpoint {
  std::string training;  ///< what was trained: equal for equal trainings only
  std::int64_t steps = 0;
  std::vector<NodeState> nodes;  ///< by rank

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Replaces the file in one move: whatever ends the program, the old one or the new one is there.
/// Throws std::system_error.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws DataError for a file that is not a whole checkpoint of this version.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// The checkpoints of one run. Thread-safe.
class Checkpoints {
 public:
  /// Goes on from the file if there is one. Throws DataError if that is damaged or of another
  /// training. `every`: steps, at least 1.
  Checkpoints(std::filesystem::path path, std::string training, int nodes, std::int64_t every);

  /// After how many steps the run goes on; 0: from its beginning.
  std::int64_t resumed_steps() const { return resumed_ ? resumed_->steps : 0; }

  /// Of a node after resumed_steps(), which are not 0.
  const NodeState& resumed_state(Rank rank) const;

  /// Whether the nodes hand in their states after so many steps.
  bool is_due(std::int64_t steps) const { return steps % every_ == 0 && steps > resumed_steps(); }

  /// Writes the file when the last node has handed in its state after these steps.
  void add(std::int64_t steps, Rank rank, NodeState state);

 private:
  std::filesystem::path path_;
  std::string training_;
  std::int64_t every_;
  int nodes_;
  std::optional<Checkpoint> resumed_;
  std::mutex mutex_;
  std::map<std::int64_t, std::map<Rank, NodeState>> pending_;  // by steps
};

}  // namespace gradwire
