// The state of something that moves in virtual time, as seen from now: what will happen, and when,
// counted from the present. Two equal states have the same future, only later: that is how
// StepRepetition finds out that a training repeats itself.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "netmodel/virtual_clock.hpp"

namespace gradwire {

/// Whoever takes part adds everything that decides what it does next; counters, and numbers that
/// only name something, are left out.
class RelativeState {
 public:
  explicit RelativeState(const VirtualClock& clock)
      : now_(clock.now()), pending_(clock.pending()), times_(clock.event_times()) {}

  void add(std::int64_t value) { words_.push_back(value); }
  void add(double value) { add(std::bit_cast<std::int64_t>(value)); }
  void add(Duration duration) { add(static_cast<std::int64_t>(duration.count())); }
  void add(TimePoint when) { add(when - now_); }

  /// An event that is to come, if it is; it counts as accounted for.
  void add_event(EventId id);
  /// Events that follow from what has been added.
  void account_for(std::size_t events) { accounted_ += events; }

  /// The future depends on more than can be added.
  void refuse() { refused_ = true; }
  /// Whether nobody has refused, and every event of the clock has been accounted for.
  bool is_whole() const { return !refused_ && accounted_ == pending_; }

  friend bool operator==(const RelativeState& a, const RelativeState& b) {
    return a.words_ == b.words_;
  }

 private:
  TimePoint now_;
  std::size_t pending_;
  std::vector<EventQueue::EventTime> times_;  // by slot
  std::vector<std::int64_t> words_;
  std::size_t accounted_ = 0;
  bool refused_ = false;
};

}  // namespace gradwire
