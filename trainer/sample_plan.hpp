// Which samples are trained in which step, and by which node: pure values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "netmodel/random_streams.hpp"
#include "trainer/data/epoch_order.hpp"
#include "trainer/data/partition.hpp"

namespace gradwire {

struct SamplePlan {
  /// In the training split.
  std::int64_t samples = 0;
  /// Of one step, over all training nodes; the last step of a pass may have fewer.
  std::int64_t global_batch = 0;
  int training_nodes = 1;
  int epochs = 1;
  /// Steps of an epoch; none: an epoch is one pass over the samples.
  std::optional<std::int64_t> fixed_steps;
  PartitionSpec partition{};
  /// Classes of the training split, and the label of each of its samples; only a partition by
  /// labels asks for them.
  int classes = 0;
  std::shared_ptr<const std::vector<std::uint8_t>> labels{};

  /// Steps that it takes to see every sample once.
  std::int64_t steps_per_pass() const;
  std::int64_t steps_per_epoch() const;
  std::int64_t steps() const { return epochs * steps_per_epoch(); }
};

/// A stretch of the endless sequence of shuffled passes.
struct SampleRange {
  std::int64_t first = 0;
  std::int64_t count = 0;

  friend bool operator==(const SampleRange&, const SampleRange&) = default;
};

/// What all training nodes take together in a step of an epoch (both from 0). With fixed steps the
/// sequence goes on where the last step ended, across passes and epochs.
SampleRange samples_of_step(const SamplePlan& plan, int epoch, std::int64_t step);

/// The part of training node `index` of `nodes`: parts differ by one sample at most.
SampleRange share_of(SampleRange range, int index, int nodes);

/// The endless sequence itself; remembers the pass it is in.
class SampleSequence {
 public:
  SampleSequence(const RandomStreams& streams, std::int64_t samples)
      : streams_(streams), samples_(samples) {}

  /// Indices into the training split; valid until the next call.
  const std::vector<std::int64_t>& indices(SampleRange range);

 private:
  RandomStreams streams_;
  std::int64_t samples_;
  std::optional<EpochOrder> order_;
  std::int64_t pass_ = -1;
  std::vector<std::int64_t> indices_;
};

}  // namespace gradwire
