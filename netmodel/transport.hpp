// How a worker talks to the others. Models, strategies and workers know this interface and none of
// its implementations (netmodel/transports/).
#pragma once

#include <cstdint>

#include "netmodel/clock.hpp"
#include "netmodel/mailbox.hpp"
#include "netmodel/message.hpp"
#include "netmodel/schedule.hpp"

namespace gradwire {

/// Where the time of a collective went, seen from one rank. In each step `send` lasts until the
/// rank's own data has left, `wait` from then until the last piece has arrived, `reduce` until the
/// pieces are combined.
struct PhaseTimes {
  Duration send{};
  Duration wait{};
  Duration reduce{};

  PhaseTimes& operator+=(const PhaseTimes& other) {
    send += other.send;
    wait += other.wait;
    reduce += other.reduce;
    return *this;
  }
  friend bool operator==(const PhaseTimes&, const PhaseTimes&) = default;
};

/// What a rank has sent so far: payloads, without any protocol's headers.
struct SentCounters {
  Bytes bytes{};
  std::int64_t messages = 0;

  SentCounters& operator+=(const SentCounters& other) {
    bytes += other.bytes;
    messages += other.messages;
    return *this;
  }
  friend SentCounters operator-(const SentCounters& a, const SentCounters& b) {
    return {a.bytes - b.bytes, a.messages - b.messages};
  }
  friend bool operator==(const SentCounters&, const SentCounters&) = default;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual Rank rank() const = 0;
  virtual int size() const = 0;
  virtual SentCounters sent() const = 0;

  /// Done when the message has left this rank; it may not have arrived yet. Messages to one rank
  /// travel one after another. A message to oneself is an error. Throws PeerLost. Cancellable: a
  /// cancelled send may or may not still reach the other end, but never in part.
  virtual Task<void> send(Rank to, Tag tag, Message message) = 0;

  /// The next message under this tag from this source, in the order in which they were sent. Throws
  /// PeerLost. Cancellable: a cancelled receive takes no message.
  virtual Task<Received> receive(Source from, Tag tag) = 0;

  /// Takes part in a collective; every rank of the schedule calls this with the same schedule and
  /// in the same order of collectives. `buffers` has schedule.elements() values, or none. Both
  /// references, and the memory, outlive the call. Done when this rank's buffer holds its result.
  /// Throws PeerLost; when cancelled or failed the buffer's content is unspecified.
  ///
  /// This default executes the schedule step by step over send() and receive(). An implementation
  /// may execute it as a whole, with the same result in the buffers.
  virtual Task<PhaseTimes> execute(const Schedule& schedule, Buffers buffers, Reducer& reducer);

  /// The same for a collective in segments. `reducer` must be able to take on work before it has
  /// finished the last. Where segments are in different phases at once, each phase gets its share
  /// of the time.
  Task<PhaseTimes> execute_segments(const SegmentedSchedule& schedule, Buffers buffers,
                                    Reducer& reducer);

 protected:
  explicit Transport(const Clock& clock) : clock_(clock) {}

  /// What every execute() begins with: checks that schedule and buffers fit, and returns the number
  /// of this collective, from 0.
  std::uint64_t begin_collective(const Schedule& schedule, const Buffers& buffers);
  /// How many have begun.
  std::uint64_t collectives_begun() const { return collectives_; }
  /// What all pieces of a collective travel under, so that two collectives cannot be mixed up.
  static Tag tag_of(std::uint64_t collective);

 private:
  struct SegmentsUnderWay;
  Task<void> execute_next_segments(SegmentsUnderWay& all);

  const Clock& clock_;
  std::uint64_t collectives_ = 0;
};

/// Lets the reducer do `work` (see Reducer::start()), and returns when it is done. Not abandoned
/// when cancelled: the work refers to the caller's memory.
Task<void> reduce(Reducer& reducer, Bytes amount, std::function<void()> work);

/// A receive that gives up at `deadline`: nothing then. Loses no message. Throws PeerLost.
Task<std::optional<Received>> receive_until(Transport& transport, Clock& clock, Source from,
                                            Tag tag, TimePoint deadline);

}  // namespace gradwire
