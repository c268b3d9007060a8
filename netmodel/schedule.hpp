// A collective as a pure value: who sends which range to whom in which step, and in which order
// sums are taken. Whoever executes a schedule, over whatever network, gets the same sums to the
// last bit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "netmodel/message.hpp"

namespace gradwire {

/// A range of elements (32-bit floats) of the buffer that a collective works on.
struct Range {
  std::int64_t begin = 0;
  std::int64_t count = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

constexpr std::int64_t kElementBytes = 4;
constexpr Bytes bytes_of(Range range) { return {range.count * kElementBytes}; }

/// A range that goes to one peer; what is sent is the content at the start of the step.
struct SendPiece {
  Rank to = 0;
  Range range;
};

enum class Combine {
  replace,  // the range takes the content that arrives
  sum,      // the range takes the sum of its own content and everything that arrives for it
};

/// A range that comes from one peer.
struct ReceivePiece {
  Rank from = 0;
  Range range;
  Combine combine = Combine::replace;
};

/// What one rank does in one step: it starts all its sends and receives together, and the step is
/// over when all of them are done and the received pieces are combined.
///
/// Order of sums: receives are listed by ascending rank. The pieces that are summed into one range
/// have the same range; they are added in ascending order of rank, and the rank's own content takes
/// part at its own rank: with ranks 0, 1, 2 the result is ((x0 + x1) + x2) on every one of them.
struct Step {
  std::vector<SendPiece> sends;
  std::vector<ReceivePiece> receives;
};

/// A collective over ranks 0 .. ranks()-1. Steps are computed on demand, because a ring over
/// thousands of ranks has millions of them. Between two ranks at most one piece travels in a step
/// in each direction, and what one rank sends in a step the other receives in its step of the same
/// number.
class Schedule {
 public:
  virtual ~Schedule() = default;

  virtual int ranks() const = 0;
  /// Length of the buffer, in elements.
  virtual std::int64_t elements() const = 0;
  virtual int steps() const = 0;
  /// Whether every rank sends one piece to one and the same peer in each step, and receives one.
  virtual bool has_fixed_peers() const { return false; }
  /// Replaces the content of `step` by what `rank` does in step `index`. Thread-safe.
  virtual void describe(Rank rank, int index, Step& step) const = 0;
};

/// A collective cut into segments that do not wait for each other: schedules over the same buffer,
/// none of which touches what another one does. They begin in their order, at most `in_flight` of
/// them under way at a rank.
struct SegmentedSchedule {
  std::vector<std::shared_ptr<const Schedule>> segments;
  int in_flight = 1;
};

/// The local memory that a rank takes part with; empty in a timing-only run.
struct Buffers {
  std::span<float> values;

  bool is_timing_only() const { return values.empty(); }
};

/// How a rank's machine combines what has arrived: it does the work and charges the time for it.
class Reducer {
 public:
  virtual ~Reducer() = default;

  /// How long start() takes for so much in a timing-only run, if that is known beforehand (then for
  /// any amount): whoever sums may just let it pass instead, one sum at a time.
  virtual std::optional<Duration> duration(Bytes /*amount*/) const { return std::nullopt; }

  /// Runs `work` (empty in a timing-only run), which sums `amount` of arrived data into the buffer,
  /// and then calls `done`, from the thread of the rank's coroutines and never before returning.
  virtual void start(Bytes amount, std::function<void()> work, std::function<void()> done) = 0;
};

/// into[i] += from[i] for all of `from`.
void add(std::span<const float> from, std::span<float> into);

/// The pieces that arrived in one step, in the order of Step::receives.
using ArrivedPieces = std::span<const Message>;

/// Combines the arrived pieces into the buffer of `rank`, in the order that Step prescribes.
void combine(const Step& step, ArrivedPieces arrived, Rank rank, std::span<float> values);

/// How much of what a step receives is summed (and not just stored).
Bytes summed_bytes(const Step& step);

/// Throws CheckFailure unless the schedule keeps its promises: ranges inside the buffer, every send
/// matched by one receive, receives by ascending rank, ranges of sums equal or disjoint. Visits
/// every rank and step: for tests.
void check_schedule(const Schedule& schedule);

}  // namespace gradwire
