#include "trainer/sample_source.hpp"

#include <algorithm>

namespace gradwire {
namespace {

// Of `count` samples in step `step` of `steps`: they differ by one at most.
SampleRange part_of(std::int64_t count, std::int64_t step, std::int64_t steps) {
  const std::int64_t begin = count * step / steps;
  return {begin, count * (step + 1) / steps - begin};
}

}  // namespace

SampleSource::SampleSource(const SamplePlan& plan, const RandomStreams& streams,
                           std::optional<int> index)
    : plan_(plan), streams_(streams), index_(index), sequence_(streams, plan.samples) {
  if (!plan_.partition.is_common()) draw(0);
}

void SampleSource::draw(std::int64_t pass) {
  const bool is_new = pass_ < 0 || plan_.partition.redrawn;
  if (is_new) {
    const auto number = static_cast<std::uint64_t>(plan_.partition.redrawn ? pass : 0);
    auto parts =
        draw_partition(plan_.partition, plan_.training_nodes,
                       {plan_.samples, plan_.classes,
                        plan_.labels ? std::span(*plan_.labels) : std::span<const std::uint8_t>()},
                       streams_, number);
    sizes_.clear();
    for (const auto& part : parts) sizes_.push_back(static_cast<std::int64_t>(part.size()));
    if (index_) own_ = std::move(parts[static_cast<std::size_t>(*index_)]);
  }
  pass_ = pass;
  if (!index_) return;
  // A stream for each pass and node: what one node has does not change another's order.
  const auto stream = static_cast<std::uint64_t>(pass * plan_.training_nodes + *index_);
  const EpochOrder order(streams_, stream, static_cast<std::int64_t>(own_.size()));
  order_.clear();
  for (const std::int64_t i : order.indices()) order_.push_back(own_[static_cast<std::size_t>(i)]);
}

SampleSource::Step SampleSource::of_step(int epoch, std::int64_t step) {
  if (plan_.partition.is_common()) {
    const SampleRange all = samples_of_step(plan_, epoch, step);
    if (!index_) return {{}, all.count};
    if (plan_.partition.is_by_features()) return {sequence_.indices(all), all.count};
    return {sequence_.indices(share_of(all, *index_, plan_.training_nodes)), all.count};
  }
  const std::int64_t steps = plan_.steps_per_pass();
  const std::int64_t at = epoch * plan_.steps_per_epoch() + step;
  if (at / steps != pass_) draw(at / steps);
  Step result;
  for (const std::int64_t size : sizes_) result.total += part_of(size, at % steps, steps).count;
  if (index_) {
    const SampleRange part = part_of(static_cast<std::int64_t>(order_.size()), at % steps, steps);
    result.own = std::span(order_).subspan(static_cast<std::size_t>(part.first),
                                           static_cast<std::size_t>(part.count));
  }
  return result;
}

std::int64_t SampleSource::largest_step() const {
  if (plan_.partition.is_by_features()) return plan_.global_batch;
  if (plan_.partition.is_common()) {
    return (plan_.global_batch + plan_.training_nodes - 1) / plan_.training_nodes;
  }
  // Whatever is drawn, a part of all samples is no more than all of them.
  const auto most =
      plan_.partition.redrawn ? plan_.samples : static_cast<std::int64_t>(own_.size());
  const std::int64_t steps = plan_.steps_per_pass();
  return (most + steps - 1) / steps;
}

}  // namespace gradwire
