#include "netmodel/event_queue.hpp"

#include <algorithm>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

// A heap of four children a node: half as deep as a binary one, and the four lie side by side in
// memory (LaMarca and Ladner, "The influence of caches on the performance of heaps", ACM Journal of
// Experimental Algorithmics 1, 1996). `later(a, b)`: a belongs below b.
constexpr std::size_t kChildren = 4;

template <typename Entry, typename Later>
void rise(std::vector<Entry>& heap, std::size_t place, Later later) {
  const Entry entry = heap[place];
  while (place > 0) {
    const std::size_t above = (place - 1) / kChildren;
    if (!later(heap[above], entry)) break;
    heap[place] = heap[above];
    place = above;
  }
  heap[place] = entry;
}

template <typename Entry, typename Later>
void sink(std::vector<Entry>& heap, std::size_t place, Later later) {
  const Entry entry = heap[place];
  for (;;) {
    const std::size_t first = kChildren * place + 1;
    if (first >= heap.size()) break;
    const std::size_t last = std::min(first + kChildren, heap.size());
    std::size_t earliest = first;
    for (std::size_t child = first + 1; child < last; ++child) {
      if (later(heap[earliest], heap[child])) earliest = child;
    }
    if (!later(entry, heap[earliest])) break;
    heap[place] = heap[earliest];
    place = earliest;
  }
  heap[place] = entry;
}

template <typename Entry, typename Later>
void remove_top(std::vector<Entry>& heap, Later later) {
  heap.front() = heap.back();
  heap.pop_back();
  if (!heap.empty()) sink(heap, 0, later);
}

}  // namespace

EventId EventQueue::add(TimePoint when, Action action) {
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    free_slots_.reserve(slots_.capacity());
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].action = action;
  const Entry entry{when, next_sequence_++, slot, slots_[slot].generation};
  if (when == last_taken_ && (at_once_.empty() || at_once_.back().when == when)) {
    if (taken_at_once_ > 64 && 2 * taken_at_once_ > at_once_.size()) forget_taken();
    at_once_.push_back(entry);
  } else {
    heap_.push_back(entry);
    rise(heap_, heap_.size() - 1, Later{});
  }
  ++live_;
  return {slot, slots_[slot].generation};
}

bool EventQueue::cancel(EventId id) {
  if (id.generation == 0 || id.slot >= slots_.size() ||
      slots_[id.slot].generation != id.generation) {
    return false;
  }
  release(id.slot);
  // Cancelled entries leave when their turn comes; what is mostly dead is rebuilt.
  if (stored() > 64 && stored() > 2 * live_) drop_dead_entries();
  return true;
}

// Brings what is next to the front of both, and says of which.
bool EventQueue::at_once_is_next() {
  while (!heap_.empty() && !is_live(heap_.front())) remove_top(heap_, Later{});
  while (taken_at_once_ < at_once_.size() && !is_live(at_once_[taken_at_once_])) ++taken_at_once_;
  if (taken_at_once_ == at_once_.size()) {
    at_once_.clear();
    taken_at_once_ = 0;
    return false;
  }
  return heap_.empty() || Later{}(heap_.front(), at_once_[taken_at_once_]);
}

std::optional<TimePoint> EventQueue::next_time() {
  if (at_once_is_next()) return at_once_[taken_at_once_].when;
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

std::optional<EventQueue::Due> EventQueue::take() {
  const bool at_once = at_once_is_next();
  if (!at_once && heap_.empty()) return std::nullopt;
  const Entry entry = at_once ? at_once_[taken_at_once_++] : heap_.front();
  if (!at_once) remove_top(heap_, Later{});
  last_taken_ = entry.when;
  const Due due{entry.when, slots_[entry.slot].action};
  release(entry.slot);
  return due;
}

Action EventQueue::pop() {
  const auto due = take();
  CHECK(due, "the event queue is empty");
  return due->action;
}

std::vector<EventQueue::EventTime> EventQueue::times() const {
  std::vector<EventTime> times(slots_.size());
  const auto note = [&](const Entry& entry) {
    if (is_live(entry)) times[entry.slot] = {entry.generation, entry.when};
  };
  for (const Entry& entry : heap_) note(entry);
  // Of an entry that has been taken the slot is another's by now, or free.
  for (std::size_t i = taken_at_once_; i < at_once_.size(); ++i) note(at_once_[i]);
  return times;
}

void EventQueue::forget_taken() {
  at_once_.erase(at_once_.begin(), at_once_.begin() + static_cast<std::ptrdiff_t>(taken_at_once_));
  taken_at_once_ = 0;
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
  const auto is_dead = [this](const Entry& entry) { return !is_live(entry); };
  std::erase_if(at_once_, is_dead);
  taken_at_once_ = 0;
  std::erase_if(heap_, is_dead);
  for (std::size_t place = heap_.size() / kChildren + 1; place-- > 0;) {
    if (place < heap_.size()) sink(heap_, place, Later{});
  }
}

}  // namespace gradwire
