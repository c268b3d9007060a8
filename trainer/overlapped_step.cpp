#include "trainer/overlapped_step.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "netmodel/task_group.hpp"

namespace gradwire {

Task<PhaseTimes> OverlappedStep::run(std::int64_t rows) {
  std::vector<Task<void>> both;
  both.push_back(compute(rows));
  both.push_back(exchange());
  co_await when_all(std::move(both));
  co_return exposed_;
}

Task<void> OverlappedStep::compute(std::int64_t rows) {
  co_await context_.replica.compute_part(rows, 0.0, plan_.forward_share);
  double done = plan_.forward_share;
  for (const BackwardStage& stage : plan_.stages) {
    co_await context_.replica.compute_part(rows, done, stage.ends_at);
    done = stage.ends_at;
    ready_ = stage.buckets_ready;
    ready_more_.wake();
  }
  backward_end_ = context_.clock.now();
}

Task<void> OverlappedStep::exchange() {
  for (int bucket = 0; bucket < static_cast<int>(plan_.buckets.size()); ++bucket) {
    while (ready_ <= bucket) co_await ready_more_.wait();
    const TimePoint start = context_.clock.now();
    const PhaseTimes times = co_await context_.strategy.sum_gradients(
        static_cast<std::size_t>(bucket), Buffers{}, context_.transport, context_.reducer);
    add_exposed(times, start);
  }
}

void OverlappedStep::add_exposed(const PhaseTimes& times, TimePoint start) {
  if (!backward_end_) return;
  const TimePoint end = context_.clock.now();
  const Duration exposed = end - std::max(start, *backward_end_);
  if (exposed <= Duration{}) return;
  // A sum that began during the pass: its phases count by the part that lies behind it.
  const double share =
      static_cast<double>(exposed.count()) / static_cast<double>((end - start).count());
  const auto part = [share](Duration phase) {
    return Duration(static_cast<std::int64_t>(static_cast<double>(phase.count()) * share));
  };
  exposed_ += {part(times.send), part(times.wait), part(times.reduce)};
}

}  // namespace gradwire
