#include "netmodel/relative_state.hpp"

namespace gradwire {

void RelativeState::add_event(EventId id) {
  const bool is_live = id.generation != 0 && times_[id.slot].generation == id.generation;
  add(static_cast<std::int64_t>(is_live));
  if (!is_live) return;
  add(times_[id.slot].when);
  ++accounted_;
}

}  // namespace gradwire
