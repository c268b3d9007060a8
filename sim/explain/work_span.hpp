// When a node computed: kept on request, for whoever asks why a step takes as long as it does.
#pragma once

#include <utility>
#include <vector>

#include "netmodel/clock.hpp"
#include "trainer/compute.hpp"

namespace gradwire {

/// Gradients, updates, evaluation, or sums of what has arrived.
struct WorkSpan {
  TimePoint begin{};
  TimePoint end{};
};

/// Lets another do the work, and notes when. All of it outlives the work.
class NotedCompute final : public Compute {
 public:
  NotedCompute(Compute& compute, const Clock& clock, std::vector<WorkSpan>& spans)
      : compute_(compute), clock_(clock), spans_(spans) {}

  void start(Duration cost, std::function<void()> work, std::function<void()> done) override {
    compute_.start(cost, std::move(work), [this, begin = clock_.now(), done = std::move(done)] {
      if (clock_.now() > begin) spans_.push_back({begin, clock_.now()});
      done();
    });
  }

 private:
  Compute& compute_;
  const Clock& clock_;
  std::vector<WorkSpan>& spans_;
};

}  // namespace gradwire
