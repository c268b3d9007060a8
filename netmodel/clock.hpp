// The time that everything here lives by. Whoever needs the time is handed a Clock; nobody asks
// which kind it is.
#pragma once

#include "netmodel/task.hpp"
#include "netmodel/units.hpp"

namespace gradwire {

class Clock {
 public:
  virtual ~Clock() = default;

  /// Time since the start of the run; never goes back.
  virtual TimePoint now() const = 0;

  /// Returns at `when` or as soon after it as this clock can, at once when `when` has passed.
  /// Cancellable (see Parking::wait).
  virtual Task<void> sleep_until(TimePoint when) = 0;

  Task<void> sleep_for(Duration duration) { return sleep_until(now() + duration); }
};

}  // namespace gradwire
