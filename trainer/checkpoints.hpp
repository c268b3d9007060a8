// The checkpoints of one run, as its workers see them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "netmodel/task.hpp"
#include "netmodel/transport.hpp"
#include "trainer/checkpoint.hpp"

namespace gradwire {

/// Where the nodes of a training hand in their states, and the state that it goes on from.
class Checkpoints {
 public:
  /// What becomes of the steps before the state that a run goes on from.
  enum class Earlier {
    /// They are passed through without their arithmetic, at the same times: for a virtual clock.
    passed_through,
    /// They are left out, and the report goes on from what was measured of them. The training's
    /// time stands still while a state is handed in.
    left_out,
  };

  /// `every`: steps, at least 1.
  Checkpoints(std::int64_t every, Earlier earlier);
  virtual ~Checkpoints() = default;
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  std::int64_t every() const { return every_; }
  /// Of states that are not kept after all, because the run has failed elsewhere.
  class Abandoned : public std::runtime_error {
   public:
    Abandoned() : std::runtime_error("the run has failed while states were handed in") {}
  };

  bool leaves_out() const { return earlier_ == Earlier::left_out; }

  /// After how many steps the run goes on; 0: from its beginning.
  virtual std::int64_t resumed_steps() const = 0;

  /// Of a node after resumed_steps(), which are not 0.
  virtual const NodeState& resumed_state(Rank rank) const = 0;

  /// Whether the nodes hand in their states after so many steps.
  bool is_due(std::int64_t steps) const { return steps % every_ == 0 && steps > resumed_steps(); }

  /// Where steps are left out, done when the states of all nodes are kept. Cancellable. Throws
  /// Abandoned.
  virtual Task<void> add(std::int64_t steps, Rank rank, NodeState state) = 0;

 private:
  std::int64_t every_;
  Earlier earlier_;
};

/// All of them in one file, which always has the last.
class CheckpointFile final : public Checkpoints {
 public:
  /// Goes on from the file if there is one. Throws DataError if that is damaged or of another
  /// training.
  CheckpointFile(std::filesystem::path path, std::string training, int nodes, std::int64_t every,
                 Earlier earlier);

  std::int64_t resumed_steps() const override { return resumed_ ? resumed_->steps : 0; }
  const NodeState& resumed_state(Rank rank) const override;
  /// What was observed up to resumed_steps(), which are not 0.
  const std::string& resumed_observations() const;

  /// Asked for what goes into the file besides the states, while it is written.
  void observe(std::function<std::string()> observer) { observer_ = std::move(observer); }

  /// For nodes on one thread.
  Task<void> add(std::int64_t steps, Rank rank, NodeState state) override;

  /// Ends every add(), now and later, where nobody cancels them.
  void abandon();

  /// Removes the file, if there is one: the training is over.
  void remove() const;

  /// At once. True when this was the last node's state after these steps, and the file has
  /// been written.
  bool keep(std::int64_t steps, Rank rank, NodeState state);

 private:
  void wake_waiting();

  std::filesystem::path path_;
  std::string training_;
  int nodes_;
  std::optional<Checkpoint> resumed_;
  std::function<std::string()> observer_;
  std::map<std::int64_t, std::map<Rank, NodeState>> pending_;  // by steps
  std::vector<Parking*> waiting_;                              // for the last node
  bool abandoned_ = false;
};

}  // namespace gradwire
