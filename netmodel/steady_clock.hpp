// Real time, from the machine's monotonic clock.
#pragma once

#include <chrono>

#include "netmodel/clock.hpp"

namespace gradwire {

/// Time since this object was made, or since an instant that it shares with other processes. now()
/// may be called from any thread.
class SteadyClock final : public Clock {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit SteadyClock(Instant start = std::chrono::steady_clock::now()) : start_(start) {}

  TimePoint now() const override {
    return TimePoint(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start_));
  }
  Task<void> sleep_until(TimePoint when) override;

  /// The same instant for those who arm the machine's timers themselves.
  Instant on_machine(TimePoint when) const { return start_ + when.time_since_epoch(); }

 private:
  Instant start_;
};

}  // namespace gradwire
