#include "netmodel/event_queue.hpp"

#include <algorithm>

#include "netmodel/check.hpp"

namespace gradwire {

EventId EventQueue::add(TimePoint when, Action action) {
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].action = action;
  heap_.push_back({when, next_sequence_++, slot, slots_[slot].generation});
  std::push_heap(heap_.begin(), heap_.end(), Later{});
  ++live_;
  return {slot, slots_[slot].generation};
}

bool EventQueue::cancel(EventId id) {
  if (id.generation == 0 || id.slot >= slots_.size() ||
      slots_[id.slot].generation != id.generation) {
    return false;
  }
  release(id.slot);
  // Cancelled entries leave the heap when they reach its top; a heap of mostly dead ones is
  // rebuilt.
  if (heap_.size() > 64 && heap_.size() > 2 * live_) drop_dead_entries();
  return true;
}

std::optional<TimePoint> EventQueue::next_time() {
  while (!heap_.empty() && !is_live(heap_.front())) {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    heap_.pop_back();
  }
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

Action EventQueue::pop() {
  CHECK(next_time().has_value(), "the event queue is empty");
  const Entry entry = heap_.front();
  std::pop_heap(heap_.begin(), heap_.end(), Later{});
  heap_.pop_back();
  const Action action = slots_[entry.slot].action;
  release(entry.slot);
  return action;
}

std::vector<EventQueue::EventTime> EventQueue::times() const {
  std::vector<EventTime> times(slots_.size());
  for (const Entry& entry : heap_) {
    if (is_live(entry)) times[entry.slot] = {entry.generation, entry.when};
  }
  return times;
}

bool EventQueue::is_live(const Entry& entry) const {
  return slots_[entry.slot].generation == entry.generation;
}

void EventQueue::release(std::uint32_t slot) {
  if (++slots_[slot].generation == 0) slots_[slot].generation = 1;
  free_slots_.push_back(slot);
  --live_;
}

void EventQueue::drop_dead_entries() {
  std::erase_if(heap_, [this](const Entry& entry) { return !is_live(entry); });
  std::make_heap(heap_.begin(), heap_.end(), Later{});
}

}  // namespace gradwire
