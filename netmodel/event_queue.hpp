// What happens when: a queue of actions ordered by (time, order of insertion). It knows no clock;
// VirtualClock jumps through it, the real-time shaper walks through it as time passes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "netmodel/units.hpp"

namespace gradwire {

/// What to do at a time: a plain function, so that an event costs no allocation.
struct Action {
  void (*call)(void* target, std::uint64_t argument) = nullptr;
  void* target = nullptr;
  std::uint64_t argument = 0;

  void operator()() const { call(target, argument); }
};

/// Names an event until it has run or was cancelled; later uses of the name do nothing.
struct EventId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0 names no event
};

class EventQueue {
 public:
  EventId add(TimePoint when, Action action);

  /// Returns false when the event has run already, or was cancelled.
  bool cancel(EventId id);

  /// The time of the earliest event; none when the queue is empty.
  std::optional<TimePoint> next_time();

  struct Due {
    TimePoint when;
    Action action;
  };
  /// Removes the earliest event; none when the queue is empty.
  std::optional<Due> take();

  /// The same of a queue that must not be empty; returns the event's action.
  Action pop();

  std::size_t size() const { return live_; }

  /// How many events take up memory: those of size(), and cancelled ones that have not been swept
  /// out yet, at most as many again (or 64).
  std::size_t stored() const { return heap_.size() + (at_once_.size() - taken_at_once_); }

  struct EventTime {
    std::uint32_t generation = 0;  // of the event in this slot; 0: there is none
    TimePoint when{};
  };
  /// When the events come, by slot. Takes time in proportion to them.
  std::vector<EventTime> times() const;

 private:
  struct Entry {
    TimePoint when;
    std::uint64_t sequence;
    std::uint32_t slot;
    std::uint32_t generation;
  };
  struct Slot {
    Action action;
    std::uint32_t generation = 1;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.when != b.when ? a.when > b.when : a.sequence > b.sequence;
    }
  };

  bool is_live(const Entry& entry) const;
  bool at_once_is_next();
  void release(std::uint32_t slot);
  void drop_dead_entries();
  void forget_taken();

  std::vector<Entry> heap_;
  // Events for the time of the one that was taken last: in order as they come, without the heap.
  std::vector<Entry> at_once_;
  std::size_t taken_at_once_ = 0;  // of these, from the first
  TimePoint last_taken_ = TimePoint::min();
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t next_sequence_ = 0;
  std::size_t live_ = 0;
};

}  // namespace gradwire
