// Everything that a worker has to know about a training, the same for all of its workers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "trainer/checkpoints.hpp"
#include "trainer/costs.hpp"
#include "trainer/data/augmentation.hpp"
#include "trainer/data/dataset.hpp"
#include "trainer/nn/model_spec.hpp"
#include "trainer/nn/optimizer.hpp"
#include "trainer/quality/captioning.hpp"
#include "trainer/sample_plan.hpp"
#include "trainer/strategies/strategy_spec.hpp"
#include "trainer/weights.hpp"

namespace gradwire {

struct TrainingPlan {
  ModelSpec model;
  OptimizerSpec optimizer;
  StrategySpec strategy;
  /// Of a model that is a profile: gradients are summed in buckets of at least this size, while
  /// others are computed; none: all of them together after the backward pass.
  std::optional<Bytes> bucket{};
  SamplePlan samples;
  /// What the steps cost; none where the machine is real and they take the time they take.
  std::optional<Costs> costs;
  std::uint64_t seed = 1;
  /// What is trained on; none: timing only, no arithmetic is done and messages carry no bytes.
  std::shared_ptr<const Dataset> data;
  /// What happens to its training samples, anew in every step.
  Augmentation augmentation{};
  /// By which the captions are found that are scored as those of a beam.
  CaptionSearch captions{};
  /// What takes the place of drawn weights; none: nothing.
  std::shared_ptr<const InitialWeights> initial_weights{};
  /// After which steps (from 1), besides the last, rank 0 notes the hash of its weights; with a
  /// partition by features every rank.
  std::set<std::int64_t> hashed_steps;
  /// Where the state is kept in between, and what the run goes on from; none: nowhere.
  std::shared_ptr<Checkpoints> checkpoints{};
  /// Rank 0 calls it with its own state at the end of a whole training; none: nobody wants it.
  std::function<void(NodeState)> keep_final{};
};

}  // namespace gradwire
