// A collective in which every rank sends to one and the same peer in each step, as a ring does,
// over links that nobody else uses. Then what a message takes is known when it begins, and a step
// ends at the later of two times: when the rank's own message has left, and when that of its
// predecessor has arrived. All steps of all ranks are a recurrence of sums and maxima (max-plus
// algebra: Baccelli, Cohen, Olsder, Quadrat, "Synchronization and Linearity", Wiley 1992, chapter
// 1), which costs nanoseconds a message, where events cost hundreds.
#pragma once

#include <cstdint>
#include <vector>

#include "netmodel/transport.hpp"

namespace gradwire {

/// What a message takes on its way.
struct UndisturbedMessage {
  std::int64_t bits = 0;  // on the wire
  Duration before{};      // until the first bit leaves
  Duration sending{};     // from then on, until the last bit has left
  Duration travelling{};  // of the last bit
};

class UndisturbedCollective {
 public:
  class Costs {
   public:
    virtual ~Costs() = default;
    virtual UndisturbedMessage message(Rank from, Bytes size) const = 0;
    /// Of so much that is summed at the end of a step.
    virtual Duration reduction(Rank rank, Bytes amount) const = 0;
  };

  /// The step that a rank is in, and its message.
  struct Place {
    Rank to = 0;
    int step = 0;
    TimePoint started{};
    TimePoint drained{};       // when the message leaves, or has left
    TimePoint arrives{};       // when it does at its receiver, or has
    TimePoint last_arrives{};  // likewise of the message before it
    Duration reduction{};
  };

  /// A message that its receiver is not done with, because it is in an earlier step or in that one.
  struct Piece {
    Rank to = 0;
    int step = 0;
    TimePoint arrives{};
  };

  /// What a rank has done meanwhile: in steps that it has ended, and with messages that it has
  /// begun.
  struct Done {
    PhaseTimes times;
    std::int64_t messages = 0;
    Bytes payload{};
    std::int64_t bits = 0;
    Duration sending{};
  };

  /// Both outlive this object. The schedule has fixed peers; all ranks take part. `pieces`: all
  /// that there are, in any order.
  UndisturbedCollective(const Schedule& schedule, const Costs& costs, std::vector<Place> places,
                        std::vector<Piece> pieces);

  /// Goes on to the instant in which the first rank comes to the end of the schedule, and returns
  /// it. What happens in that very instant, if only by chance, is left to be done.
  TimePoint go_to_first_end();

  // --- as of then

  /// By rank.
  const std::vector<Place>& places() const { return places_; }
  const std::vector<Done>& done() const { return done_; }
  /// Those of each rank by step.
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  // What the last message and reduction of a rank took: the next is often as large.
  struct Memory {
    Bytes size{-1};
    UndisturbedMessage message;
    Bytes summed{};
    Duration reduction{};
  };

  TimePoint run(TimePoint until);
  bool run_round(int round, TimePoint until);
  TimePoint known_arrival(Rank rank, int round);
  void begin_step(Rank rank, TimePoint when);

  const Schedule& schedule_;
  const Costs& costs_;
  std::vector<Place> places_;
  std::vector<Piece> pieces_;  // by rank and step
  std::vector<Memory> memory_;
  std::vector<Done> done_;  // empty: nobody asks, nor for pieces
  // Of the run under way. Messages of a round by receiver; not begun: TimePoint::max().
  std::vector<TimePoint> arriving_;
  std::vector<TimePoint> arriving_next_;
  std::vector<std::uint32_t> known_;  // by rank: the first of its pieces that it has not got
  std::vector<Piece> kept_;           // begun meanwhile, for ranks that have stopped
  TimePoint first_end_{};
  Step scratch_;
};

}  // namespace gradwire
