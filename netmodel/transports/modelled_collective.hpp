// One collective executed as a whole in virtual time: a small state machine for each rank, driven
// by the events of the network. A coroutine that awaits every message would cost several times the
// simulated message itself.
#pragma once

#include <optional>
#include <vector>

#include "netmodel/schedule.hpp"
#include "netmodel/transports/modelled_endpoint.hpp"

namespace gradwire {

class ModelledCollective final : private TransferListener {
 public:
  ModelledCollective(ModelledNetwork& network, std::uint64_t number);

  /// See Transport::execute(). Each rank brings its own copy of the schedule, or all the same one.
  Task<PhaseTimes> take_part(ModelledEndpoint& endpoint, const Schedule& schedule, Buffers buffers,
                             Reducer& reducer);

  /// Every rank that takes part and has not finished fails with PeerLost.
  void lose(Rank rank);

  /// A line for each rank that waits for others in this collective.
  std::string waiting() const;

  /// Adds what decides what its members do next.
  void describe(RelativeState& state) const;
  /// Who hears of its messages.
  const TransferListener* listener() const { return this; }

 private:
  enum class State {
    absent,    // has not called yet
    moving,    // waits for the network
    reducing,  // waits for its reducer
    over,      // its caller is about to return
    left,
  };

  struct Early {
    int step;
    Rank from;
    Message message;
  };
  struct Member {
    State state = State::absent;
    ModelledEndpoint* endpoint = nullptr;
    const Schedule* schedule = nullptr;
    Buffers buffers;
    Reducer* reducer = nullptr;
    Parking* caller = nullptr;
    int index = 0;  // of the step it is in
    Step step;
    std::vector<Message> arrived;
    std::size_t sends_left = 0;
    std::size_t receives_left = 0;
    TimePoint started{};
    TimePoint sent{};
    TimePoint gathered{};
    PhaseTimes times;
    std::vector<Early> early;  // pieces of later steps
    std::optional<Rank> lost_peer;
    bool abandoned = false;  // cancelled while reducing
  };

  void advance(Rank rank);
  void begin_step(Rank rank);
  /// True when the step is over at once; else an event will end it.
  bool end_step_if_complete(Rank rank);
  void close_step(Member& member);
  void place(Member& member, Rank from, Message message);
  void reduced(Rank rank);
  void leave(Member& member);
  void drained(Rank from, Rank to, std::uint64_t token) override;
  void delivered(Rank from, Rank to, std::uint64_t token, Message message) override;
  void dropped(Rank from, Rank to, std::uint64_t token) override;
  void forget_if_over();

  ModelledNetwork& network_;
  std::uint64_t number_;
  std::vector<Member> members_;
  int absent_or_inside_;
  int in_flight_ = 0;  // transfers and reductions that will call back
};

}  // namespace gradwire
