#include "netmodel/transports/modelled_collective.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "netmodel/check.hpp"
#include "netmodel/transports/modelled_endpoint.hpp"

namespace gradwire {

namespace asio = boost::asio;

ModelledCollective::ModelledCollective(ModelledNetwork& network, CollectiveMembers& store,
                                       std::uint64_t number)
    : network_(network),
      store_(store),
      number_(number),
      members_(static_cast<std::size_t>(network.size())),
      absent_or_inside_(network.size()),
      absent_(network.size()) {}

ModelledCollective::~ModelledCollective() {
  network_.clock().cancel(leaping_);
  for (const Member* member : members_) {
    if (member != nullptr) network_.clock().cancel(member->event);
  }
}

void ModelledCollective::renew(std::uint64_t number) {
  CHECK(absent_or_inside_ == 0 && in_flight_ == 0, "collective {} is not over", number_);
  number_ = number;
  network_.clock().cancel(std::exchange(leaping_, {}));  // all left in the instant of the last join
  std::ranges::fill(members_, nullptr);
  absent_or_inside_ = absent_ = network_.size();
}

ModelledCollective::Member& ModelledCollective::join(ModelledEndpoint& endpoint,
                                                     const Schedule& schedule, Reducer& reducer) {
  Member& member = member_of(endpoint.rank());
  CHECK(member.state == State::absent, "rank {} takes part twice", endpoint.rank());
  member.schedule = &schedule;
  member.reducer = &reducer;
  member.lost_peer = network_.first_lost();
  if (--absent_ == 0) {
    pacemaker_ = endpoint.rank();
    next_leap_ = 0;
  }
  return member;
}

void ModelledCollective::begin(Rank rank) {
  member_of(rank).state = State::moving;
  begin_step(rank);
  advance(rank);
}

Task<PhaseTimes> ModelledCollective::take_part(ModelledEndpoint& endpoint, const Schedule& schedule,
                                               Buffers buffers, Reducer& reducer) {
  Member& member = join(endpoint, schedule, reducer);
  const Rank rank = endpoint.rank();
  CollectiveCaller caller{{}, buffers};
  member.caller = &caller;
  std::exception_ptr cancelled;
  if (!member.lost_peer) {
    begin(rank);
    try {
      co_await caller.parking.wait();
    } catch (const boost::system::system_error&) {
      cancelled = std::current_exception();
    }
  }
  if (cancelled && member.state == State::reducing) {
    // The reducer and what it works on are the caller's.
    caller.abandoned = true;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (member.state == State::reducing) co_await caller.parking.wait_uninterrupted();
    co_await asio::this_coro::throw_if_cancelled(throws);
  }
  const PhaseTimes times = member.times;
  const auto lost = member.lost_peer;
  leave(rank);
  std::string cause;
  if (lost) cause = (*lost == rank ? "this host " : "the host ") + network_.fate_of(*lost);
  forget_if_over();  // may end the life of this object
  if (cancelled) std::rethrow_exception(cancelled);
  if (lost) throw PeerLost(rank, *lost, cause);
  co_return times;
}

void ModelledCollective::take_part(ModelledEndpoint& endpoint, const Schedule& schedule,
                                   Reducer& reducer, CollectiveListener& listener) {
  Member& member = join(endpoint, schedule, reducer);
  member.listener = &listener;
  if (member.lost_peer) {
    end(member, endpoint.rank());
  } else {
    begin(endpoint.rank());
  }
}

// Whoever takes part hears of it once this object is at rest.
void ModelledCollective::end(Member& member, Rank rank) {
  member.state = State::over;
  if (member.caller != nullptr) return member.caller->parking.wake();
  member.event = network_.clock().at(
      network_.clock().now(),
      {[](void* collective, std::uint64_t which) {
         static_cast<ModelledCollective*>(collective)->tell(static_cast<Rank>(which));
       },
       this, static_cast<std::uint64_t>(rank)});
}

void ModelledCollective::tell(Rank rank) {
  const Member& member = member_of(rank);
  CollectiveListener& listener = *member.listener;
  const PhaseTimes times = member.times;
  const auto lost = member.lost_peer;
  leave(rank);
  forget_if_over();  // may end the life of this object
  if (lost) return listener.collective_lost(rank, *lost);
  listener.collective_over(rank, times);
}

void ModelledCollective::lose(Rank rank) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i] == nullptr) continue;
    Member& member = *members_[i];
    if (member.state == State::moving || member.state == State::reducing) member.lost_peer = rank;
    if (member.state == State::moving) end(member, static_cast<Rank>(i));
  }
}

std::string ModelledCollective::waiting() const {
  std::string text;
  for (std::size_t rank = 0; rank < members_.size(); ++rank) {
    if (members_[rank] == nullptr) continue;
    const Member& member = *members_[rank];
    if (member.state != State::moving) continue;
    text += fmt::format("rank {} waits in step {} of collective {} for", rank, member.index + 1,
                        number_);
    Step step;
    member.schedule->describe(static_cast<Rank>(rank), member.index, step);
    std::string from;
    for (std::size_t i = 0; i < step.receives.size(); ++i) {
      if (member.receives_left == 0) break;
      const Bytes size = bytes_of(step.receives[i].range);
      if (member.keeps_pieces() && member.pieces->arrived[i].size() == size) continue;
      from += fmt::format("{} rank {}", from.empty() ? "" : ",", step.receives[i].from);
    }
    text += (from.empty() ? " its own data to leave" : from) + "\n";
  }
  return text;
}

// Goes through steps that need no waiting.
void ModelledCollective::advance(Rank rank) {
  Member& member = member_of(rank);
  while (member.state == State::moving && end_step_if_complete(rank)) begin_step(rank);
}

void ModelledCollective::begin_step(Rank rank) {
  Member& member = member_of(rank);
  if (member.index == member.schedule->steps()) {
    end(member, rank);
    return;
  }
  if (absent_ == 0 && rank == pacemaker_ && member.index >= next_leap_) request_leap();
  // Nothing comes back from transfer() at once, so that nobody else uses it meanwhile.
  Step& step = store_.scratch();
  member.schedule->describe(rank, member.index, step);
  member.sends_left = static_cast<std::uint32_t>(step.sends.size());
  member.receives_left = static_cast<std::uint32_t>(step.receives.size());
  member.summed = summed_bytes(step);
  member.started = member.sent = network_.clock().now();
  const std::span<float> values =
      member.caller == nullptr ? std::span<float>{} : member.caller->buffers.values;
  keep_pieces(member, step, !values.empty());
  for (const SendPiece& piece : step.sends) {
    const Bytes size = bytes_of(piece.range);
    Message message = values.empty() ? Message::timing_only(size)
                                     : Message::copy_of(std::as_bytes(values.subspan(
                                           static_cast<std::size_t>(piece.range.begin),
                                           static_cast<std::size_t>(piece.range.count))));
    network_.count_sent(rank, {size, 1});
    ++in_flight_;
    network_.transfer(rank, piece.to, static_cast<std::uint64_t>(member.index), std::move(message),
                      *this);
  }
  for (std::uint32_t* early = &member.early; *early != Member::kNone;) {
    if (store_.early(*early).step == member.index) {
      CollectiveMembers::Early piece = store_.take_early(*early);
      place(member, piece.from, std::move(piece.message));
    } else {
      early = &store_.next_early(*early);
    }
  }
}

// Makes room for the pieces of a step, if they have to be kept apart.
void ModelledCollective::keep_pieces(Member& member, const Step& step, bool have_content) {
  if (member.pieces) member.pieces->arrived.clear();
  if (step.receives.empty()) return;
  member.only_sender = step.receives.front().from;
  if (step.receives.size() == 1 && !have_content) return;
  if (!member.pieces) member.pieces = std::make_unique<Member::Pieces>();
  member.pieces->step.receives = step.receives;
  member.pieces->arrived.resize(step.receives.size());
}

bool ModelledCollective::end_step_if_complete(Rank rank) {
  Member& member = member_of(rank);
  if (member.sends_left > 0 || member.receives_left > 0) return false;
  member.gathered = network_.clock().now();
  std::function<void()> work;
  if (member.keeps_pieces() && !member.is_timing_only()) {
    work = [&member, rank] {
      combine(member.pieces->step, member.pieces->arrived, rank, member.caller->buffers.values);
    };
  }
  if (member.summed == Bytes{}) {
    if (work) work();
    close_step(member);
    return true;
  }
  if (member.is_timing_only()) {
    if (const auto duration = member.reducer->duration(member.summed)) {
      pass(rank, member.gathered + *duration);
      return false;
    }
  }
  member.state = State::reducing;
  ++in_flight_;
  member.reducer->start(member.summed, std::move(work), [this, rank] { reduced(rank); });
  return false;
}

// The time of a reduction, until then.
void ModelledCollective::pass(Rank rank, TimePoint until) {
  Member& member = member_of(rank);
  member.state = State::reducing;
  ++in_flight_;
  member.event = network_.clock().at(
      until, {[](void* collective, std::uint64_t which) {
                static_cast<ModelledCollective*>(collective)->reduced(static_cast<Rank>(which));
              },
              this, static_cast<std::uint64_t>(rank)});
}

void ModelledCollective::reduced(Rank rank) {
  Member& member = member_of(rank);
  --in_flight_;
  member.event = {};
  if ((member.caller != nullptr && member.caller->abandoned) || member.lost_peer) {
    end(member, rank);
    return;
  }
  member.state = State::moving;
  close_step(member);
  begin_step(rank);
  advance(rank);
}

void ModelledCollective::close_step(Member& member) {
  const TimePoint now = network_.clock().now();
  member.times +=
      {member.sent - member.started, member.gathered - member.sent, now - member.gathered};
  ++member.index;
}

void ModelledCollective::place(Member& member, Rank from, Message message) {
  bool expected = member.receives_left > 0 && from == member.only_sender;
  if (member.keeps_pieces()) {
    const auto& receives = member.pieces->step.receives;
    const auto piece = std::ranges::lower_bound(receives, from, {}, &ReceivePiece::from);
    expected = piece != receives.end() && piece->from == from;
    if (expected) {
      member.pieces->arrived[static_cast<std::size_t>(piece - receives.begin())] =
          std::move(message);
    }
  }
  CHECK(expected, "step {}: a piece from rank {} that nobody expects", member.index, from);
  --member.receives_left;
}

void ModelledCollective::leave(Rank rank) {
  Member*& member = members_[static_cast<std::size_t>(rank)];
  store_.give_back(*std::exchange(member, &store_.left()));
  --absent_or_inside_;
}

void ModelledCollective::drained(Rank from, Rank /*to*/, std::uint64_t /*token*/) {
  Member& member = member_of(from);
  if (member.state != State::moving) return;
  if (--member.sends_left == 0) member.sent = network_.clock().now();
  advance(from);
}

void ModelledCollective::delivered(Rank from, Rank to, std::uint64_t token, Message message) {
  --in_flight_;
  Member& member = member_of(to);
  const int index = static_cast<int>(token);
  const bool gone = member.state == State::left;
  if (!gone && member.state == State::moving && index == member.index) {
    place(member, from, std::move(message));
    advance(to);
  } else if (!gone) {
    store_.keep_early(member, index, from, std::move(message));
  }
  forget_if_over();
}

void ModelledCollective::dropped(Rank /*from*/, Rank /*to*/, std::uint64_t /*token*/) {
  --in_flight_;
  forget_if_over();
}

void ModelledCollective::forget_if_over() {
  if (absent_or_inside_ == 0 && in_flight_ == 0) network_.forget(number_);
}

}  // namespace gradwire
