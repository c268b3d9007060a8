#include "sim/runners/granted_steps.hpp"

#include "sim/runners/step_controls.hpp"

namespace gradwire {

Task<bool> LeadingSteps::proceed(std::int64_t step) {
  if (!goes_on_) co_return false;
  starts_.push_back(clock_.now());
  goes_on_ = is_worth_running(settings_, step + 1, starts_);
  announce_(step + 1, goes_on_);
  co_return true;
}

Task<bool> FollowingSteps::proceed(std::int64_t step) {
  while (step > granted_) {
    if (stop_ && step >= *stop_) co_return false;
    co_await waiting_.wait();
  }
  co_return true;
}

void FollowingSteps::announced(std::int64_t step, bool runs) {
  if (runs) {
    granted_ = step;
  } else {
    stop_ = step;
  }
  waiting_.wake();
}

}  // namespace gradwire
