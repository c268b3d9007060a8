#include "netmodel/transport.hpp"

#include <algorithm>
#include <cmath>

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

// The same shares of another time.
PhaseTimes scaled_to(const PhaseTimes& times, Duration whole) {
  const Duration sum = times.send + times.wait + times.reduce;
  if (sum == whole || sum == Duration{}) return times;
  const double share = static_cast<double>(whole.count()) / static_cast<double>(sum.count());
  const auto part = [share](Duration phase) {
    return Duration(std::llround(static_cast<double>(phase.count()) * share));
  };
  const Duration send = part(times.send);
  const Duration reduce = part(times.reduce);
  return {send, whole - send - reduce, reduce};
}

}  // namespace

Task<void> reduce(Reducer& reducer, Bytes amount, std::function<void()> work) {
  co_await stop_if_cancelled();
  Parking parking;
  reducer.start(amount, std::move(work), [&parking] { parking.wake(); });
  co_await parking.wait_uninterrupted();
}

std::uint64_t Transport::begin_collective(const Schedule& schedule, const Buffers& buffers) {
  CHECK(schedule.ranks() == size(), "schedule for {} ranks, transport of {}", schedule.ranks(),
        size());
  CHECK(buffers.is_timing_only() ||
            static_cast<std::int64_t>(buffers.values.size()) == schedule.elements(),
        "buffer of {}, schedule of {} elements", buffers.values.size(), schedule.elements());
  return collectives_++;
}

Tag Transport::tag_of(std::uint64_t collective) {
  return Tag{static_cast<std::uint64_t>(kReservedTags) | collective};
}

Task<PhaseTimes> Transport::execute(const Schedule& schedule, Buffers buffers, Reducer& reducer) {
  const Tag tag = tag_of(begin_collective(schedule, buffers));
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

struct Transport::SegmentsUnderWay {
  const SegmentedSchedule& schedule;
  Buffers buffers;
  Reducer& reducer;
  std::size_t begun = 0;
  PhaseTimes times;  // of all segments
};

// One after another: whoever is free takes the next, so that all ranks begin them in one order.
Task<void> Transport::execute_next_segments(SegmentsUnderWay& all) {
  while (all.begun < all.schedule.segments.size()) {
    const Schedule& segment = *all.schedule.segments[all.begun++];
    const PhaseTimes times = co_await execute(segment, all.buffers, all.reducer);
    all.times += times;
  }
}

Task<PhaseTimes> Transport::execute_segments(const SegmentedSchedule& schedule, Buffers buffers,
                                             Reducer& reducer) {
  const auto segments = static_cast<int>(schedule.segments.size());
  const int in_flight = std::min(schedule.in_flight, segments);
  CHECK(in_flight > 0, "{} segments, {} in flight", segments, schedule.in_flight);
  if (segments == 1) co_return co_await execute(*schedule.segments.front(), buffers, reducer);
  SegmentsUnderWay all{schedule, buffers, reducer, 0, {}};
  const TimePoint start = clock_.now();
  std::vector<Task<void>> ways;
  ways.reserve(static_cast<std::size_t>(in_flight));
  for (int i = 0; i < in_flight; ++i) ways.push_back(execute_next_segments(all));
  co_await when_all(std::move(ways));
  co_return scaled_to(all.times, clock_.now() - start);
}

Task<std::optional<Received>> receive_until(Transport& transport, Clock& clock, Source from,
                                            Tag tag, TimePoint deadline) {
  std::optional<Received> received;
  co_await finishes_by(clock, deadline, receive_into(transport, from, tag, received));
  co_return received;
}

}  // namespace gradwire
