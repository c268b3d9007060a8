#include "netmodel/transports/modelled_collective.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "netmodel/check.hpp"

namespace gradwire {

namespace asio = boost::asio;

ModelledCollective::ModelledCollective(ModelledNetwork& network, std::uint64_t number)
    : network_(network),
      number_(number),
      members_(static_cast<std::size_t>(network.size())),
      absent_or_inside_(network.size()) {}

Task<PhaseTimes> ModelledCollective::take_part(ModelledEndpoint& endpoint, const Schedule& schedule,
                                               Buffers buffers, Reducer& reducer) {
  Member& member = members_[static_cast<std::size_t>(endpoint.rank())];
  CHECK(member.state == State::absent, "rank {} takes part twice", endpoint.rank());
  Parking parking;
  member.endpoint = &endpoint;
  member.schedule = &schedule;
  member.buffers = buffers;
  member.reducer = &reducer;
  member.caller = &parking;
  member.lost_peer = network_.first_lost();
  std::exception_ptr cancelled;
  if (!member.lost_peer) {
    member.state = State::moving;
    begin_step(endpoint.rank());
    advance(endpoint.rank());
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
  leave(member);
  const Rank rank = endpoint.rank();
  std::string cause;
  if (lost) cause = (*lost == rank ? "this host " : "the host ") + network_.fate_of(*lost);
  forget_if_over();  // may end the life of this object
  if (cancelled) std::rethrow_exception(cancelled);
  if (lost) throw PeerLost(rank, *lost, cause);
  co_return times;
}

void ModelledCollective::lose(Rank rank) {
  for (Member& member : members_) {
    if (member.state == State::moving || member.state == State::reducing) member.lost_peer = rank;
    if (member.state != State::moving) continue;
    member.state = State::over;
    member.caller->wake();
  }
}

std::string ModelledCollective::waiting() const {
  std::string text;
  for (std::size_t rank = 0; rank < members_.size(); ++rank) {
    const Member& member = members_[rank];
    if (member.state != State::moving) continue;
    text += fmt::format("rank {} waits in step {} of collective {} for", rank, member.index + 1,
                        number_);
    std::string from;
    for (std::size_t i = 0; i < member.step.receives.size(); ++i) {
      if (member.arrived[i].size() == bytes_of(member.step.receives[i].range)) continue;
      from += fmt::format("{} rank {}", from.empty() ? "" : ",", member.step.receives[i].from);
    }
    text += (from.empty() ? " its own data to leave" : from) + "\n";
  }
  return text;
}

// Goes through steps that need no waiting.
void ModelledCollective::advance(Rank rank) {
  Member& member = members_[static_cast<std::size_t>(rank)];
  while (member.state == State::moving && end_step_if_complete(rank)) begin_step(rank);
}

void ModelledCollective::begin_step(Rank rank) {
  Member& member = members_[static_cast<std::size_t>(rank)];
  if (member.index == member.schedule->steps()) {
    member.state = State::over;
    member.caller->wake();
    return;
  }
  member.schedule->describe(rank, member.index, member.step);
  member.sends_left = member.step.sends.size();
  member.receives_left = member.step.receives.size();
  member.arrived.clear();
  member.arrived.resize(member.receives_left);
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
  std::erase_if(member.early, [&](Early& early) {
    if (early.step != member.index) return false;
    place(member, early.from, std::move(early.message));
    return true;
  });
}

bool ModelledCollective::end_step_if_complete(Rank rank) {
  Member& member = members_[static_cast<std::size_t>(rank)];
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
  Member& member = members_[static_cast<std::size_t>(rank)];
  --in_flight_;
  if (member.abandoned || member.lost_peer) {
    member.state = State::over;
    member.caller->wake();
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
  member.arrived[static_cast<std::size_t>(piece - member.step.receives.begin())] =
      std::move(message);
  --member.receives_left;
}

void ModelledCollective::leave(Member& member) {
  member.state = State::left;
  member.buffers = {};
  member.caller = nullptr;
  member.early.clear();
  --absent_or_inside_;
}

void ModelledCollective::drained(Rank from, Rank /*to*/, std::uint64_t /*token*/) {
  Member& member = members_[static_cast<std::size_t>(from)];
  if (member.state != State::moving) return;
  if (--member.sends_left == 0) member.sent = network_.clock().now();
  advance(from);
}

void ModelledCollective::delivered(Rank from, Rank to, std::uint64_t token, Message message) {
  --in_flight_;
  Member& member = members_[static_cast<std::size_t>(to)];
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
