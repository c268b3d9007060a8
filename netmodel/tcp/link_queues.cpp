#include "netmodel/tcp/link_queues.hpp"

#include <algorithm>
#include <cmath>

#include "netmodel/relative_state.hpp"

namespace gradwire {

LinkQueues::LinkQueues(std::span<const Link> links)
    : links_(links.size()),
      any_(std::ranges::any_of(links, [](const Link& link) { return link.queue.has_value(); })) {}

LinkQueues::Queue& LinkQueues::at(LinkIndex link) {
  if (queues_.empty()) queues_.resize(links_);
  return queues_[link];
}

void LinkQueues::change(LinkIndex link, std::int64_t bits, TimePoint now) {
  Queue& queue = at(link);
  if (queue.changed != now) {
    queue.before = queue.bits;
    queue.changed = now;
    queue.peak = std::max(queue.peak, queue.bits);
  }
  queue.bits += bits;
}

void LinkQueues::join(LinkIndex link, std::int64_t bits, TimePoint now) { change(link, bits, now); }
void LinkQueues::leave(LinkIndex link, std::int64_t bits, TimePoint now) {
  change(link, -bits, now);
}

Duration LinkQueues::delay(const Route& route, std::optional<LinkIndex> own,
                           std::span<const Link> links, TimePoint now) const {
  Duration sum{};
  if (queues_.empty()) return sum;
  for (const LinkIndex link : route) {
    if (link == own) continue;
    const Queue& queue = queues_[link];
    const std::int64_t bits = queue.changed == now ? queue.before : queue.bits;
    if (bits <= 0) continue;
    sum += Duration(
        static_cast<std::int64_t>(__int128{bits} * 1'000'000'000 / links[link].rate.count));
  }
  return sum;
}

void LinkQueues::drop(LinkIndex link, std::int64_t packets) {
  at(link).micro_drops += packets * 1'000'000;
}

void LinkQueues::drop_by_chance(const Route& route, double packets, std::span<const Link> links) {
  double all = 0.0;
  for (const LinkIndex link : route) all += links[link].loss;
  if (all <= 0.0) return;
  for (const LinkIndex link : route) {
    if (links[link].loss <= 0.0) continue;
    at(link).micro_drops += std::llround(1e6 * packets * links[link].loss / all);
  }
}

void LinkQueues::describe(RelativeState& state, TimePoint now) const {
  for (const Queue& queue : queues_) state.add(queue.changed == now ? queue.before : queue.bits);
}

Bytes LinkQueues::peak(LinkIndex link) const {
  if (queues_.empty()) return {};
  return {std::max(queues_[link].peak, queues_[link].bits) / 8};
}

std::int64_t LinkQueues::micro_drops(LinkIndex link) const {
  return queues_.empty() ? 0 : queues_[link].micro_drops;
}

}  // namespace gradwire
