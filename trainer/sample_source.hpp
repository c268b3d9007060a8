// The samples of each step for one node of a training.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "netmodel/random_streams.hpp"
#include "trainer/sample_plan.hpp"

namespace gradwire {

/// Without a partition the nodes share every step of one shuffled sequence. With one, every node
/// shuffles its own samples anew for each pass and takes an equal part of them in each step of the
/// pass: nodes with more samples take more of them a step, and all finish their passes together. By
/// features every node takes all samples of every step of the one sequence.
class SampleSource {
 public:
  /// `index`: of a training node; none for a server that does not train. The plan outlives this.
  SampleSource(const SamplePlan& plan, const RandomStreams& streams, std::optional<int> index);

  struct Step {
    std::span<const std::int64_t> own;  ///< into the training split; valid until the next call
    std::int64_t total = 0;             ///< of all training nodes together
  };

  /// Epoch and step are counted from 0.
  Step of_step(int epoch, std::int64_t step);

  /// More than this many samples are never this node's in one step.
  std::int64_t largest_step() const;

 private:
  void draw(std::int64_t pass);

  const SamplePlan& plan_;
  RandomStreams streams_;
  std::optional<int> index_;
  SampleSequence sequence_;
  std::vector<std::int64_t> own_;    // of the partition, as drawn
  std::vector<std::int64_t> order_;  // the same in the order of this pass
  std::vector<std::int64_t> sizes_;  // of every node's part
  std::int64_t pass_ = -1;
};

}  // namespace gradwire
