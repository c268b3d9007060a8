#include "netmodel/transport.hpp"

#include "netmodel/check.hpp"
#include "netmodel/task_group.hpp"

namespace gradwire {
namespace {

Message piece_of(const Buffers& buffers, Range range) {
  if (buffers.is_timing_only()) return Message::timing_only(bytes_of(range));
  return Message::copy_of(std::as_bytes(buffers.values.subspan(
      static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.count))));
}

Task<void> receive_piece(Transport& transport, Rank from, Tag tag, Message& into) {
  Received received = co_await transport.receive(from, tag);
  into = std::move(received.message);
}

Task<void> receive_into(Transport& transport, Source from, Tag tag, std::optional<Received>& into) {
  into = co_await transport.receive(from, tag);
}

Task<void> send_pieces(Transport& transport, Buffers buffers, const Step& step, Tag tag,
                       const Clock& clock, TimePoint& done) {
  std::vector<Task<void>> sends;
  sends.reserve(step.sends.size());
  for (const SendPiece& piece : step.sends) {
    sends.push_back(transport.send(piece.to, tag, piece_of(buffers, piece.range)));
  }
  co_await when_all(std::move(sends));
  done = clock.now();
}

}  // namespace

Task<void> reduce(Reducer& reducer, Bytes amount, std::function<void()> work) {
  co_await stop_if_cancelled();
  Parking parking;
  reducer.start(amount, std::move(work), [&parking] { parking.wake(); });
  co_await parking.wait_uninterrupted();
}

Tag Transport::begin_collective(const Schedule& schedule, const Buffers& buffers) {
  CHECK(schedule.ranks() == size(), "schedule for {} ranks, transport of {}", schedule.ranks(),
        size());
  CHECK(buffers.is_timing_only() ||
            static_cast<std::int64_t>(buffers.values.size()) == schedule.elements(),
        "buffer of {}, schedule of {} elements", buffers.values.size(), schedule.elements());
  return Tag{static_cast<std::uint64_t>(kReservedTags) | collectives_++};
}

Task<PhaseTimes> Transport::execute(const Schedule& schedule, Buffers buffers, Reducer& reducer) {
  const Tag tag = begin_collective(schedule, buffers);
  PhaseTimes times;
  Step step;
  std::vector<Message> arrived;
  for (int index = 0; index < schedule.steps(); ++index) {
    schedule.describe(rank(), index, step);
    if (step.sends.empty() && step.receives.empty()) continue;
    const TimePoint start = clock_.now();
    TimePoint sent = start;
    arrived.clear();
    arrived.resize(step.receives.size());
    std::vector<Task<void>> moves;
    moves.push_back(send_pieces(*this, buffers, step, tag, clock_, sent));
    for (std::size_t i = 0; i < step.receives.size(); ++i) {
      moves.push_back(receive_piece(*this, step.receives[i].from, tag, arrived[i]));
    }
    co_await when_all(std::move(moves));
    const TimePoint gathered = clock_.now();
    const Bytes summed = summed_bytes(step);
    std::function<void()> work;
    if (!buffers.is_timing_only()) {
      work = [&] { combine(step, arrived, rank(), buffers.values); };
    }
    if (summed > Bytes{}) {
      co_await reduce(reducer, summed, std::move(work));
    } else if (work) {
      work();
    }
    times += {sent - start, gathered - sent, clock_.now() - gathered};
  }
  co_return times;
}

Task<std::optional<Received>> receive_until(Transport& transport, Clock& clock, Source from,
                                            Tag tag, TimePoint deadline) {
  std::optional<Received> received;
  co_await finishes_by(clock, deadline, receive_into(transport, from, tag, received));
  co_return received;
}

}  // namespace gradwire
