#include "netmodel/dynamics/network_dynamics.hpp"

#include <algorithm>
#include <utility>

namespace gradwire {

NetworkDynamics::NetworkDynamics(VirtualClock& clock, ModelledNetwork& network,
                                 const DynamicsSpec& spec, const RandomStreams& streams)
    : clock_(clock), network_(network) {
  for (const NetworkEvent& event : spec.events) add(make_happening(network, event));
  for (const LinkTrace& trace : spec.traces) add(make_happening(network, trace));
  for (std::size_t i = 0; i < spec.background.size(); ++i) {
    add(make_happening(network, spec.background[i], streams, i));
  }
}

NetworkDynamics::~NetworkDynamics() { stop(); }

void NetworkDynamics::stop() {
  for (Item& item : items_) {
    clock_.cancel(item.next);
    item.waiting = false;
    item.happening->stop();
  }
}

void NetworkDynamics::add(std::unique_ptr<Happening> happening) {
  const TimePoint start = happening->start();
  items_.push_back({std::move(happening), {}, false});
  wait_until(items_.size() - 1, start);
}

void NetworkDynamics::wait_until(std::size_t index, TimePoint when) {
  Item& item = items_[index];
  item.waiting = true;
  item.next = clock_.at(
      when, {[](void* dynamics, std::uint64_t which) {
               static_cast<NetworkDynamics*>(dynamics)->wake(static_cast<std::size_t>(which));
             },
             this, index});
}

void NetworkDynamics::wake(std::size_t index) {
  if (stands_still()) {
    stop();
    return;
  }
  Item& item = items_[index];
  item.waiting = false;
  if (const auto next = item.happening->proceed(clock_.now())) wait_until(index, *next);
}

// Whether the training waits for the network, nothing of it moves, and all that can happen has
// happened since without moving it.
bool NetworkDynamics::stands_still() {
  const auto own = static_cast<std::size_t>(std::ranges::count(items_, true, &Item::waiting)) - 1;
  const std::int64_t delivered = std::exchange(delivered_, network_.delivered());
  if (delivered_ != delivered || network_.is_alive(own)) {
    still_since_.reset();
    return false;
  }
  if (!still_since_) still_since_ = clock_.now();
  Duration longest{};
  for (const Item& item : items_) {
    if (!item.waiting) continue;
    const auto cycle = item.happening->cycle();
    if (!cycle) return false;
    longest = std::max(longest, *cycle);
  }
  return clock_.now() - *still_since_ > longest;
}

}  // namespace gradwire
