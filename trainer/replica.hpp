// A node's copy of the model: its arithmetic with the time that it costs. In a timing-only run
// there is no model, and only the time passes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netmodel/schedule.hpp"
#include "trainer/compute.hpp"
#include "trainer/nn/model.hpp"
#include "trainer/nn/split_model.hpp"
#include "trainer/quality/evaluation.hpp"
#include "trainer/training_plan.hpp"

namespace gradwire {

class Replica {
 public:
  /// Plan, compute and clock outlive the replica. `batch`: of a step, at most. Every replica of a
  /// plan starts from the same weights; what is random in its steps is its rank's own. With a
  /// partition by features it is a part of the model (SplitModel), the chunk() of its rank, and
  /// what is random is the same at every rank.
  Replica(const TrainingPlan& plan, Rank rank, Compute& compute, const Clock& clock,
          std::int64_t batch);

  /// Forward and backward over these samples of the training split: leaves the gradient of (sum of
  /// their losses / samples of the whole step), zero for no samples.
  Task<void> compute_gradients(std::span<const std::int64_t> indices, std::int64_t step_samples);

  /// The same in two halves, with a partition by features: leaves sums(), the first layer's over
  /// the own features, to be replaced by the total of all ranks; and goes on from there, with the
  /// same samples.
  Task<void> begin_pass(std::span<const std::int64_t> indices);
  Task<void> finish_pass(std::span<const std::int64_t> indices, std::int64_t step_samples);

  /// The time that a part of such a pass takes, from one share of it to another; of a timing-only
  /// run.
  Task<void> compute_part(std::int64_t rows, double from, double to);

  /// One optimizer step from the gradients to the weights.
  Task<void> update();

  /// Empty in a timing-only run.
  Buffers gradients();
  Buffers parameters();
  Buffers sums();

  /// Of a part: the first layer's weights of the whole model, of which the own ones are right; to
  /// be completed with those of the others before evaluate() and whole_state(). Empty in a
  /// timing-only run.
  Buffers first_weights();

  /// How good the model is on the test split; none in a timing-only run. Takes no time of the run.
  Task<std::optional<Quality>> evaluate();

  /// SHA-256 over the node's weights in hexadecimal; empty in a timing-only run.
  std::string hash();

  /// From now on, or no longer, time passes as in a timing-only run, and nothing is computed.
  void set_idle(bool idle) { idle_ = idle; }

  /// Weights, optimizer and loss so far; the rest of the state is not known here.
  NodeState state();

  /// Likewise with the weights of the whole model, also of a part.
  NodeState whole_state();

  /// Goes on from there, after so many steps; ends idleness.
  void restore(const NodeState& state, std::int64_t steps);

  /// Sum over the losses of all samples since the last call.
  double take_loss_sum();

  /// Time spent in passes and update().
  Duration compute_time() const { return compute_time_; }

 private:
  bool is_computing() const { return model_ && !idle_; }
  void take_batch(std::span<const std::int64_t> indices);
  Duration cost_of_part(std::int64_t rows, double from, double to) const;
  Task<void> timed(Duration cost, std::function<void()> work);

  const TrainingPlan& plan_;
  Compute& compute_;
  const Clock& clock_;
  std::unique_ptr<Model> model_;  // none in a timing-only run
  int noise_node_;                // whose random draws are the own ones
  std::int64_t passes_ = 0;
  std::optional<SplitModel> part_;  // of the model, if it is split
  double share_before_sums_ = 0.0;  // of a part's pass
  std::span<float> parameters_;     // what is trained here
  std::span<float> gradients_;
  bool idle_ = false;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<float> inputs_;
  std::vector<std::int32_t> labels_;
  std::vector<float> own_inputs_;  // of a part
  std::int64_t sums_ = 0;          // of the pass under way, of a part
  double loss_sum_ = 0.0;
  Duration compute_time_{};
};

/// SHA-256 in hexadecimal.
std::string sha256(std::span<const float> values);
std::string sha256(std::string_view text);

}  // namespace gradwire
