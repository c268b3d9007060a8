// Collectives without an event for each message, where these cannot disturb each other: see
// UndisturbedCollective. From when all ranks take part, the network leaps to the instant in which
// the first of them is through. Nothing else may happen in between. Steps, messages and counters
// are then what they would be if every event had come, to the nanosecond, and events go on from
// there.
#include <algorithm>
#include <utility>

#include "netmodel/check.hpp"
#include "netmodel/transports/modelled_collective.hpp"

namespace gradwire {

// --- the network

bool ModelledNetwork::goes_by_rates() const {
  return is_steady() && model_.carrier != Carrier::tcp && recorder_ == nullptr;
}

// Each message has one event to come: its first bit, its last, or its arrival.
bool ModelledNetwork::is_alone(const TransferListener& listener, std::size_t others) const {
  std::size_t messages = 0;
  for (const Transfer& transfer : transfers_) {
    if (transfer.way == nullptr) continue;
    if (transfer.listener != &listener) return false;
    ++messages;
  }
  return clock_.pending() == messages + others;
}

bool ModelledNetwork::are_apart(std::span<const Rank> peers) const {
  std::vector<bool> is_used(topology_->links().size());
  for (std::size_t from = 0; from < peers.size(); ++from) {
    const Connection* way = find_connection(static_cast<Rank>(from), peers[from]);
    if (way == nullptr || way->has_jitter()) return false;
    for (const LinkIndex link : way->route) {
      if (is_used[link]) return false;
      is_used[link] = true;
    }
    if (way->flowing ? !engine_.end_alone(way->flow) : !engine_.are_free(way->route)) return false;
  }
  return true;
}

UndisturbedMessage ModelledNetwork::undisturbed(Rank from, Rank to, Bytes size) const {
  const Connection& way = *find_connection(from, to);
  UndisturbedMessage message;
  message.bits = wire_bits(size);
  message.before = model_.cost_per_message;
  const auto sending = engine_.time_alone(way.route, message.bits, way.cap, way.weight);
  CHECK(sending, "a link without any rate from rank {} to rank {}", from, to);
  message.sending = *sending;
  message.travelling = travelling_of(way, size);
  return message;
}

TimePoint ModelledNetwork::last_arrival(Rank from, Rank to) const {
  return find_connection(from, to)->last_arrival;
}

std::optional<TimePoint> ModelledNetwork::drains_at(Rank from, Rank to) const {
  const Connection& way = *find_connection(from, to);
  return way.flowing ? engine_.end_alone(way.flow) : std::nullopt;
}

std::vector<ModelledNetwork::TimedMessage> ModelledNetwork::arrivals() const {
  const auto times = clock_.event_times();
  std::vector<TimedMessage> arrivals;
  for (const Transfer& transfer : transfers_) {
    if (transfer.way == nullptr || transfer.arrival.generation == 0) continue;
    arrivals.push_back({transfer.way->from, transfer.way->to, transfer.token,
                        transfer.message.size(), times[transfer.arrival.slot].when});
  }
  return arrivals;
}

void ModelledNetwork::take_back_arrivals() {
  for (std::uint32_t id = 0; id < transfers_.size(); ++id) {
    const Transfer& transfer = transfers_[id];
    if (transfer.way == nullptr || transfer.arrival.generation == 0) continue;
    clock_.cancel(transfer.arrival);
    release(id);
  }
}

void ModelledNetwork::put_arrival(const TimedMessage& message, TransferListener& listener) {
  const std::uint32_t id = take_transfer();
  transfers_[id] = {find_connection(message.from, message.to),
                    &listener,
                    message.token,
                    Message::timing_only(message.size),
                    clock_.at(message.when, action<&ModelledNetwork::arrived>(id)),
                    kNone};
}

void ModelledNetwork::end_ahead(Rank from, Rank to, TimePoint last_arrival) {
  Connection& way = *find_connection(from, to);
  const std::uint32_t id = way.first;
  if (std::exchange(way.flowing, false)) {
    engine_.end_ahead(way.flow, *engine_.end_alone(way.flow));
  } else {
    clock_.cancel(way.event);
    const UndisturbedMessage message = undisturbed(from, to, transfers_[id].message.size());
    engine_.count_ahead(way.route, message.bits, message.sending);
  }
  way.first = way.last = kNone;
  way.last_arrival = last_arrival;
  release(id);
}

void ModelledNetwork::count_ahead(Rank from, Rank to, std::int64_t bits, Duration sending,
                                  TimePoint last_arrival) {
  Connection& way = *find_connection(from, to);
  engine_.count_ahead(way.route, bits, sending);
  way.last_arrival = last_arrival;
}

void ModelledNetwork::start_ahead(const TimedMessage& message, TimePoint landing,
                                  TransferListener& listener) {
  Connection& way = *find_connection(message.from, message.to);
  const std::uint32_t id = take_transfer();
  transfers_[id] = {&way, &listener, message.token, Message::timing_only(message.size), {}, kNone};
  way.first = way.last = id;
  const TimePoint first_bit = message.when + model_.cost_per_message;
  if (first_bit >= landing) {
    way.event = clock_.at(first_bit, action<&ModelledNetwork::start>(id));
    return;
  }
  way.flowing = true;
  way.flow = engine_.start_ahead(way.route, wire_bits(message.size), way.cap,
                                 action<&ModelledNetwork::part_sent>(id), way.weight, first_bit);
}

// --- a collective

class ModelledCollective::LeapCosts final : public UndisturbedCollective::Costs {
 public:
  LeapCosts(const ModelledCollective& collective, const Schedule& schedule)
      : collective_(collective), schedule_(schedule) {
    peers_.reserve(static_cast<std::size_t>(schedule.ranks()));
    for (Rank rank = 0; rank < schedule.ranks(); ++rank) {
      schedule.describe(rank, 0, step_);
      peers_.push_back(step_.sends.front().to);
    }
  }

  const Schedule& schedule() const { return schedule_; }
  const std::vector<Rank>& peers() const { return peers_; }
  Rank peer_of(Rank rank) const { return peers_[static_cast<std::size_t>(rank)]; }
  /// Valid until the next call.
  const Step& step(Rank rank, int index) {
    schedule_.describe(rank, index, step_);
    return step_;
  }
  Bytes size(Rank from, int index) { return bytes_of(step(from, index).sends.front().range); }

  UndisturbedMessage message(Rank from, Bytes size) const override {
    return collective_.network_.undisturbed(from, peer_of(from), size);
  }
  Duration reduction(Rank rank, Bytes amount) const override {
    const Member& member = *collective_.members_[static_cast<std::size_t>(rank)];
    const auto duration = member.reducer->duration(amount);
    CHECK(duration, "rank {} knows how long it sums, but not {} bytes", rank, amount.count);
    return *duration;
  }

 private:
  const ModelledCollective& collective_;
  const Schedule& schedule_;
  std::vector<Rank> peers_;  // by sender
  Step step_;
};

// In an event of its own: by then, all that happens in this instant has happened.
void ModelledCollective::request_leap() {
  const Schedule& schedule = *member_of(pacemaker_).schedule;
  if (!schedule.has_fixed_peers() || !network_.goes_by_rates()) return;
  if (leaping_.generation != 0) return;
  leaping_ = network_.clock().at(network_.clock().now(),
                                 {[](void* collective, std::uint64_t) {
                                    static_cast<ModelledCollective*>(collective)->leap();
                                  },
                                  this});
}

// What stands in the way may be gone later: it is tried again, but ever less often.
void ModelledCollective::leap() {
  leaping_ = {};
  const Member& member = member_of(pacemaker_);
  next_leap_ = 2 * member.index + 1;
  if (!may_leap()) return;
  LeapCosts costs(*this, *member.schedule);
  if (!network_.are_apart(costs.peers())) return;
  UndisturbedCollective flown = as_undisturbed(costs);
  const TimePoint when = flown.go_to_first_end();
  if (when == network_.clock().now()) return;
  next_leap_ = member.schedule->steps();
  take_off();
  land(flown, costs, when);
}

bool ModelledCollective::may_leap() const {
  if (!network_.goes_by_rates()) return false;
  std::size_t reducing = 0;
  for (const Member* member : members_) {
    const bool is_inside = member->state == State::moving || member->state == State::reducing;
    if (!is_inside || !member->is_timing_only() || member->lost_peer) return false;
    if (member->caller != nullptr && member->caller->abandoned) return false;
    if (member->keeps_pieces() || !member->reducer->duration({})) return false;
    if (member->state == State::reducing) ++reducing;
  }
  return network_.is_alone(*this, reducing);
}

UndisturbedCollective ModelledCollective::as_undisturbed(LeapCosts& costs) const {
  const TimePoint now = network_.clock().now();
  std::vector<UndisturbedCollective::Place> places(members_.size());
  std::vector<UndisturbedCollective::Piece> pieces;
  for (Rank rank = 0; rank < network_.size(); ++rank) {
    const Member& member = *members_[static_cast<std::size_t>(rank)];
    UndisturbedCollective::Place& place = places[static_cast<std::size_t>(rank)];
    const Rank to = costs.peer_of(rank);
    const TimePoint last_arrival = network_.last_arrival(rank, to);
    place = {to, member.index, member.started, member.sent, last_arrival, last_arrival, {}};
    if (member.sends_left > 0) {
      const UndisturbedMessage message = costs.message(rank, costs.size(rank, member.index));
      place.drained =
          network_.drains_at(rank, to).value_or(member.started + message.before + message.sending);
      place.arrives = std::max(place.arrives, place.drained + message.travelling);
      pieces.push_back({to, member.index, place.arrives});
    }
    if (member.summed != Bytes{}) place.reduction = costs.reduction(rank, member.summed);
    if (member.receives_left == 0) {
      const bool is_reducing = member.state == State::reducing;
      pieces.push_back({rank, member.index, is_reducing ? member.gathered : now});
    }
    for (std::uint32_t early = member.early; early != Member::kNone;
         early = store_.early(early).next) {
      pieces.push_back({rank, store_.early(early).step, now});
    }
  }
  for (const ModelledNetwork::TimedMessage& each : network_.arrivals()) {
    pieces.push_back({each.to, static_cast<int>(each.token), each.when});
  }
  return {costs.schedule(), costs, std::move(places), std::move(pieces)};
}

// Pieces that have arrived early, arrivals and ends of reductions are no more: land() knows them.
void ModelledCollective::take_off() {
  for (Member* member : members_) {
    while (member->early != Member::kNone) store_.take_early(member->early);
    network_.clock().cancel(std::exchange(member->event, {}));
  }
  network_.take_back_arrivals();
}

// What happens at `when` or later is events again, and so is what has begun by then.
void ModelledCollective::land(const UndisturbedCollective& flown, LeapCosts& costs,
                              TimePoint when) {
  std::vector<Rank> senders(members_.size());
  std::int64_t delivered = in_flight_;  // as far as it is messages; less what is under way now
  in_flight_ = 0;
  for (Rank rank = 0; rank < network_.size(); ++rank) {
    const auto i = static_cast<std::size_t>(rank);
    senders[static_cast<std::size_t>(flown.places()[i].to)] = rank;
    if (member_of(rank).state == State::reducing) --delivered;
    delivered += flown.done()[i].messages;
    land(rank, flown.places()[i], flown.done()[i], costs, when);
  }
  for (const UndisturbedCollective::Piece& piece : flown.pieces()) {
    Member& member = member_of(piece.to);
    const Rank from = senders[static_cast<std::size_t>(piece.to)];
    const bool has_left = piece.step != member_of(from).index || member_of(from).sends_left == 0;
    if (!has_left) continue;
    const Bytes size = costs.size(from, piece.step);
    if (piece.arrives >= when) {
      ++in_flight_;
      network_.put_arrival(
          {from, piece.to, static_cast<std::uint64_t>(piece.step), size, piece.arrives}, *this);
    } else if (piece.step == member.index) {
      member.receives_left = 0;
      member.gathered = piece.arrives;
    } else {
      store_.keep_early(member, piece.step, from, Message::timing_only(size));
    }
  }
  network_.count_delivered(delivered - in_flight_);
  for (Rank rank = 0; rank < network_.size(); ++rank) {
    Member& member = member_of(rank);
    if (member.sends_left > 0 || member.receives_left > 0) continue;
    member.gathered = std::max(member.gathered, member.sent);
    pass(rank, member.gathered + flown.places()[static_cast<std::size_t>(rank)].reduction);
  }
}

// A rank's step and what it sends in it.
void ModelledCollective::land(Rank rank, const UndisturbedCollective::Place& place,
                              const UndisturbedCollective::Done& done, LeapCosts& costs,
                              TimePoint when) {
  Member& member = member_of(rank);
  const bool has_gone_on = place.step != member.index;
  const bool has_left = place.drained < when;
  const TimePoint last_arrival = has_left ? place.arrives : place.last_arrives;
  if (member.sends_left > 0 && (has_gone_on || has_left)) {
    network_.end_ahead(rank, place.to, last_arrival);
  }
  if (has_gone_on) {
    const Step& step = costs.step(rank, place.step);
    const Bytes size = bytes_of(step.sends.front().range);
    const UndisturbedMessage leaving = has_left ? UndisturbedMessage{} : costs.message(rank, size);
    member.index = place.step;
    member.summed = summed_bytes(step);
    member.started = place.started;
    member.times += done.times;
    network_.count_sent(rank, {done.payload, done.messages});
    network_.count_ahead(rank, place.to, done.bits - leaving.bits, done.sending - leaving.sending,
                         last_arrival);
    if (!has_left) {
      network_.start_ahead(
          {rank, place.to, static_cast<std::uint64_t>(place.step), size, place.started}, when,
          *this);
    }
  }
  member.state = State::moving;
  member.sends_left = has_left ? 0 : 1;
  member.receives_left = 1;
  member.sent = has_left ? place.drained : place.started;
  if (!has_left) ++in_flight_;
}

}  // namespace gradwire
