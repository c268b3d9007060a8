#include "trainer/sample_plan.hpp"

#include <algorithm>

namespace gradwire {

std::int64_t SamplePlan::steps_per_pass() const {
  return (samples + global_batch - 1) / global_batch;
}

std::int64_t SamplePlan::steps_per_epoch() const {
  return fixed_steps ? *fixed_steps : steps_per_pass();
}

SampleRange samples_of_step(const SamplePlan& plan, int epoch, std::int64_t step) {
  if (plan.fixed_steps) {
    return {(epoch * *plan.fixed_steps + step) * plan.global_batch, plan.global_batch};
  }
  const std::int64_t first = step * plan.global_batch;
  return {epoch * plan.samples + first, std::min(plan.global_batch, plan.samples - first)};
}

SampleRange share_of(SampleRange range, int index, int nodes) {
  const std::int64_t begin = range.count * index / nodes;
  const std::int64_t end = range.count * (index + 1) / nodes;
  return {range.first + begin, end - begin};
}

const std::vector<std::int64_t>& SampleSequence::indices(SampleRange range) {
  indices_.clear();
  for (std::int64_t at = range.first; at < range.first + range.count;) {
    const std::int64_t pass = at / samples_;
    if (pass != pass_) {
      order_.emplace(streams_, static_cast<std::uint64_t>(pass), samples_);
      pass_ = pass;
    }
    const std::int64_t offset = at % samples_;
    const std::int64_t count = std::min(samples_ - offset, range.first + range.count - at);
    const auto part = order_->range(offset, count);
    indices_.insert(indices_.end(), part.begin(), part.end());
    at += count;
  }
  return indices_;
}

}  // namespace gradwire
