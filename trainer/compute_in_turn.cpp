#include "trainer/compute_in_turn.hpp"

#include <utility>

namespace gradwire {

void ComputeInTurn::start(Duration cost, std::function<void()> work, std::function<void()> done) {
  waiting_.push_back({cost, std::move(work), std::move(done)});
  if (waiting_.size() == 1) start_next();
}

void ComputeInTurn::start_next() {
  Waiting& first = waiting_.front();
  compute_.start(first.cost, std::move(first.work), [this] {
    const std::function<void()> done = std::move(waiting_.front().done);
    waiting_.pop_front();
    if (!waiting_.empty()) start_next();
    done();
  });
}

}  // namespace gradwire
