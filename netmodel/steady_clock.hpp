// Real time, from the machine's monotonic clock.
#pragma once

#include <chrono>

#include "netmodel/clock.hpp"

namespace gradwire {

/// Time since this object was made. now() may be called from any thread.
class SteadyClock final : public Clock {
 public:
  TimePoint now() const override {
    return TimePoint(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start_));
  }
  Task<void> sleep_until(TimePoint when) override;

  /// The same instant for those who arm the machine's timers themselves.
  std::chrono::steady_clock::time_point on_machine(TimePoint when) const {
    return start_ + when.time_since_epoch();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace gradwire
