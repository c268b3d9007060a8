// What decides the future of the modelled network: see RelativeState.
#include <algorithm>
#include <tuple>

#include "netmodel/relative_state.hpp"
#include "netmodel/transports/modelled_collective.hpp"
#include "netmodel/transports/modelled_endpoint.hpp"
#include "netmodel/transports/modelled_network.hpp"

namespace gradwire {

std::int64_t ModelledNetwork::collectives_of(Rank rank) const {
  return endpoints_[static_cast<std::size_t>(rank)].collectives();
}

// Buckets: how much of one is left may depend on the order of simultaneous messages.
bool ModelledNetwork::is_steady() const {
  return !changing_ && group_of_.empty() && background_.empty() && vanished_.empty() &&
         !buckets_.any();
}

void ModelledNetwork::describe(RelativeState& state) const {
  if (!is_steady()) return state.refuse();
  std::vector<std::pair<std::uint64_t, const ModelledCollective*>> ordered;
  for (const auto& [number, each] : collectives_) ordered.emplace_back(number, each.get());
  std::ranges::sort(ordered);
  Numbers numbers;
  for (const auto& [number, each] : ordered) {
    numbers[each->listener()] = static_cast<std::int64_t>(number) - collectives_of(0);
    state.add(numbers[each->listener()]);
    each->describe(state);
  }
  std::size_t flows = 0;
  for (const auto& ways : connections_) {
    for (const auto& way : ways) {
      describe(*way, numbers, state);
      if (way->flowing) ++flows;
    }
  }
  queues_.describe(state, clock_.now());
  describe_arrivals(numbers, state);
  engine_.describe_rest(flows, state);
  for (const ModelledEndpoint& endpoint : endpoints_) endpoint.describe(state);
}

void ModelledNetwork::describe(const Transfer& transfer, const Numbers& numbers,
                               RelativeState& state) const {
  const auto number = numbers.find(transfer.listener);
  if (number == numbers.end()) return state.refuse();
  state.add(number->second);
  state.add(static_cast<std::int64_t>(transfer.token));
  state.add(transfer.message.size().count);
}

void ModelledNetwork::describe(const Connection& way, const Numbers& numbers,
                               RelativeState& state) const {
  if (way.has_jitter()) return state.refuse();
  state.add(std::int64_t{way.from});
  state.add(std::int64_t{way.to});
  state.add(static_cast<std::int64_t>(way.opened) + 2 * static_cast<std::int64_t>(way.flowing) +
            4 * static_cast<std::int64_t>(way.over_tcp));
  for (std::uint32_t id = way.first; id != kNone; id = transfers_[id].next) {
    describe(transfers_[id], numbers, state);
  }
  state.add(std::max(way.last_arrival - clock_.now(), Duration{}));
  if (way.flowing) {
    engine_.describe(way.flow, state);
    if (way.more) {
      state.add(way.more->part_started);
      state.add(way.more->part_bits);
    }
  } else {
    state.add_event(way.event);
  }
  if (way.more) {
    state.add(way.more->acknowledged_rate.count);
    if (way.more->acknowledged.generation != 0) state.add_event(way.more->acknowledged);
    state.add(way.more->standing);
    state.add(way.more->waited);
    if (way.tcp && way.tcp->standing() > 0) state.add(std::int64_t{way.more->standing_at});
  }
  state.add(static_cast<std::int64_t>(way.tcp != nullptr));
  if (way.tcp) way.tcp->describe(state, clock_.now());
}

// What has left its sender and is not there yet, in an order that does not depend on where it is
// kept.
void ModelledNetwork::describe_arrivals(const Numbers& numbers, RelativeState& state) const {
  const auto place_of = [this, &numbers](std::uint32_t id) {
    const Transfer& transfer = transfers_[id];
    const auto number = numbers.find(transfer.listener);
    return std::tuple(transfer.way->from, transfer.way->to,
                      number == numbers.end() ? 0 : number->second, transfer.token);
  };
  std::vector<std::uint32_t> arriving;
  for (std::uint32_t id = 0; id < transfers_.size(); ++id) {
    if (transfers_[id].way != nullptr && transfers_[id].arrival.generation != 0) {
      arriving.push_back(id);
    }
  }
  std::ranges::sort(arriving, {}, place_of);
  for (const std::uint32_t id : arriving) {
    const Transfer& transfer = transfers_[id];
    state.add(std::int64_t{transfer.way->from});
    state.add(std::int64_t{transfer.way->to});
    state.add_event(transfer.arrival);
    describe(transfer, numbers, state);
  }
}

void ModelledEndpoint::describe(RelativeState& state) const {
  if (!letters_) return state.add(std::int64_t{0});
  if (!letters_->sending.empty() || !letters_->mailbox.is_idle()) return state.refuse();
  state.add(static_cast<std::int64_t>(letters_->next_token));
}

void ModelledCollective::describe(RelativeState& state) const {
  if (leaping_.generation != 0) state.account_for(1);  // what comes of it is the same
  const Member absent;
  for (const Member* place : members_) {
    const Member& member = place == nullptr ? absent : *place;
    state.add(static_cast<std::int64_t>(member.state));
    const bool abandoned = member.caller != nullptr && member.caller->abandoned;
    if (member.lost_peer || abandoned) return state.refuse();
    std::vector<std::tuple<int, Rank, std::int64_t>> early;
    for (std::uint32_t next = member.early; next != Member::kNone; next = store_.early(next).next) {
      const CollectiveMembers::Early& each = store_.early(next);
      early.emplace_back(each.step, each.from, each.message.size().count);
    }
    std::ranges::sort(early);
    state.add(std::ssize(early));
    for (const auto& [step, from, size] : early) {
      state.add(std::int64_t{step});
      state.add(std::int64_t{from});
      state.add(size);
    }
    state.add_event(member.event);
    if (member.state != State::moving && member.state != State::reducing) continue;
    state.add(std::int64_t{member.index});
    state.add(std::int64_t{member.sends_left});
    if (member.keeps_pieces()) {
      for (const Message& message : member.pieces->arrived) state.add(message.size().count);
    }
    state.add(std::int64_t{member.receives_left});
    state.add(member.started);
    state.add(member.sent);
    if (member.state == State::reducing) state.add(member.gathered);
    state.add(member.times.send);
    state.add(member.times.wait);
    state.add(member.times.reduce);
  }
}

}  // namespace gradwire
