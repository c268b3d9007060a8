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
      absent_or_inside_(network.size()) {}

ModelledCollective::~ModelledCollective() {
  for (const Member* member : members_) {
    if (member != nullptr) network_.clock().cancel(member->telling);
  }
}

void ModelledCollective::renew(std::uint64_t number) {
  CHECK(absent_or_inside_ == 0 && in_flight_ == 0, "collective {} is not over", number_);
  number_ = number;
  std::ranges::fill(members_, nullptr);
  absent_or_inside_ = network_.size();
}

ModelledCollective::Member& ModelledCollective::member_of(Rank rank) {
  Member*& member = members_[static_cast<std::size_t>(rank)];
  if (member == nullptr) member = &store_.take();
  return *member;
}

ModelledCollective::Member& ModelledCollective::join(ModelledEndpoint& endpoint,
                                                     const Schedule& schedule, Reducer& reducer) {
  Member& member = member_of(endpoint.rank());
  CHECK(member.state == State::absent, "rank {} takes part twice", endpoint.rank());
  member.endpoint = &endpoint;
  member.schedule = &schedule;
  member.reducer = &reducer;
  member.lost_peer = network_.first_lost();
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
  Parking parking;
  member.buffers = buffers;
  member.caller = &parking;
  std::exception_ptr cancelled;
  if (!member.lost_peer) {
    begin(rank);
    try {
      co_await parking.wait();
    } catch (const boost::system::system_error&) {
      cancelled = std::current_exception();
    }
  }
  if (cancelled && member.state == State::reducing) {
    // The reducer and what it works on are the caller's.
    member.abandoned = true;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (member.state == State::reducing) co_await parking.wait_uninterrupted();
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
  if (member.caller != nullptr) return member.caller->wake();
  member.telling = network_.clock().at(
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
    std::string from;
    for (std::size_t i = 0; i < member.step.receives.size(); ++i) {
      if (member.receives_left == 0) break;
      const Bytes size = bytes_of(member.step.receives[i].range);
      if (!member.arrived.empty() && member.arrived[i].size() == size) continue;
      from += fmt::format("{} rank {}", from.empty() ? "" : ",", member.step.receives[i].from);
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
  member.schedule->describe(rank, member.index, member.step);
  member.sends_left = static_cast<std::uint32_t>(member.step.sends.size());
  member.receives_left = static_cast<std::uint32_t>(member.step.receives.size());
  member.arrived.clear();
  if (!member.buffers.is_timing_only() || member.receives_left > 1) {
    member.arrived.resize(member.receives_left);
  }
  member.started = member.sent = network_.clock().now();
  for (const SendPiece& piece : member.step.sends) {
    const Bytes size = bytes_of(piece.range);
    Message message = member.buffers.is_timing_only()
                          ? Message::timing_only(size)
                          : Message::copy_of(std::as_bytes(member.buffers.values.subspan(
                                static_cast<std::size_t>(piece.range.begin),
                                static_cast<std::size_t>(piece.range.count))));
    member.endpoint->count_sent(size);
    ++in_flight_;
    network_.transfer(rank, piece.to, static_cast<std::uint64_t>(member.index), std::move(message),
                      *this);
  }
  if (member.early.empty()) return;
  std::erase_if(member.early, [&](Member::Early& early) {
    if (early.step != member.index) return false;
    place(member, early.from, std::move(early.message));
    return true;
  });
}

bool ModelledCollective::end_step_if_complete(Rank rank) {
  Member& member = member_of(rank);
  if (member.sends_left > 0 || member.receives_left > 0) return false;
  member.gathered = network_.clock().now();
  const Bytes summed = summed_bytes(member.step);
  std::function<void()> work;
  if (!member.buffers.is_timing_only()) {
    work = [&member, rank] { combine(member.step, member.arrived, rank, member.buffers.values); };
  }
  if (summed == Bytes{}) {
    if (work) work();
    close_step(member);
    return true;
  }
  member.state = State::reducing;
  ++in_flight_;
  member.reducer->start(summed, std::move(work), [this, rank] { reduced(rank); });
  return false;
}

void ModelledCollective::reduced(Rank rank) {
  Member& member = member_of(rank);
  --in_flight_;
  if (member.abandoned || member.lost_peer) {
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
  const auto piece =
      std::lower_bound(member.step.receives.begin(), member.step.receives.end(), from,
                       [](const ReceivePiece& receive, Rank rank) { return receive.from < rank; });
  CHECK(piece != member.step.receives.end() && piece->from == from,
        "step {}: a piece from rank {} that nobody expects", member.index, from);
  if (!member.arrived.empty()) {
    member.arrived[static_cast<std::size_t>(piece - member.step.receives.begin())] =
        std::move(message);
  }
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
    member.early.push_back({index, from, std::move(message)});
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
