// Time that jumps: whenever no coroutine can go on, the clock moves to the next event. A run in
// virtual time takes as long as its arithmetic, and is the same every time.
#pragma once

#include <boost/asio/io_context.hpp>

#include "netmodel/clock.hpp"
#include "netmodel/event_queue.hpp"

namespace gradwire {

/// Must outlive every coroutine that sleeps on it: declare it before the io_context.
class VirtualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  Task<void> sleep_until(TimePoint when) override;

  /// Runs the action at `when`, which must not lie in the past. Events of the same time run in the
  /// order in which they were added.
  EventId at(TimePoint when, Action action);
  bool cancel(EventId id) { return events_.cancel(id); }
  /// How many events are still to come.
  std::size_t pending() const { return events_.size(); }
  std::vector<EventQueue::EventTime> event_times() const { return events_.times(); }

  /// Runs the io_context's coroutines and this clock's events until neither has anything left.
  /// Coroutines that still wait then wait forever: a deadlock, which the caller tells from the
  /// end of the run by the coroutines that have not returned. What a coroutine throws passes
  /// through.
  void run(boost::asio::io_context& context);

 private:
  EventQueue events_;
  TimePoint now_{};
};

}  // namespace gradwire
