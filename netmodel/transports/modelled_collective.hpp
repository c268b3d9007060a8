// One collective executed as a whole in virtual time: a small state machine for each rank, driven
// by the events of the network. A coroutine that awaits every message would cost several times the
// simulated message itself.
#pragma once

#include <vector>

#include "netmodel/transports/collective_members.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/transports/undisturbed_collective.hpp"

namespace gradwire {

class ModelledCollective final : private TransferListener {
 public:
  ModelledCollective(ModelledNetwork& network, CollectiveMembers& store, std::uint64_t number);
  ~ModelledCollective() override;

  /// One that every rank has left becomes another.
  void renew(std::uint64_t number);

  /// See Transport::execute(). Each rank brings its own copy of the schedule, or all the same one.
  Task<PhaseTimes> take_part(ModelledEndpoint& endpoint, const Schedule& schedule, Buffers buffers,
                             Reducer& reducer);
  /// The same in a timing-only run without a coroutine. All outlive the rank's part.
  void take_part(ModelledEndpoint& endpoint, const Schedule& schedule, Reducer& reducer,
                 CollectiveListener& listener);

  /// Every rank that takes part and has not finished fails with PeerLost.
  void lose(Rank rank);

  /// A line for each rank that waits for others in this collective.
  std::string waiting() const;

  /// Adds what decides what its members do next.
  void describe(RelativeState& state) const;
  /// Who hears of its messages.
  const TransferListener* listener() const { return this; }

 private:
  using Member = CollectiveMember;
  using State = Member::State;
  class LeapCosts;

  Member& member_of(Rank rank) {
    Member*& member = members_[static_cast<std::size_t>(rank)];
    if (member == nullptr) member = &store_.take();
    return *member;
  }
  Member& join(ModelledEndpoint& endpoint, const Schedule& schedule, Reducer& reducer);
  void begin(Rank rank);
  void advance(Rank rank);
  void begin_step(Rank rank);
  /// True when the step is over at once; else an event will end it.
  bool end_step_if_complete(Rank rank);
  void pass(Rank rank, TimePoint until);
  void close_step(Member& member);
  static void keep_pieces(Member& member, const Step& step, bool have_content);
  static void place(Member& member, Rank from, Message message);
  void reduced(Rank rank);
  void end(Member& member, Rank rank);
  void tell(Rank rank);
  void leave(Rank rank);
  // modelled_leap.cpp
  void request_leap();
  void leap();
  bool may_leap() const;
  UndisturbedCollective as_undisturbed(LeapCosts& costs) const;
  void take_off();
  void land(const UndisturbedCollective& flown, LeapCosts& costs, TimePoint when);
  void land(Rank rank, const UndisturbedCollective::Place& place,
            const UndisturbedCollective::Done& done, LeapCosts& costs, TimePoint when);
  void drained(Rank from, Rank to, std::uint64_t token) override;
  void delivered(Rank from, Rank to, std::uint64_t token, Message message) override;
  void dropped(Rank from, Rank to, std::uint64_t token) override;
  void forget_if_over();

  ModelledNetwork& network_;
  CollectiveMembers& store_;
  std::uint64_t number_;
  std::vector<Member*> members_;  // by rank; none: has not been heard of
  int absent_or_inside_;
  int in_flight_ = 0;  // transfers and reductions that will call back
  int absent_;
  // Who tries to leap next, and in which step.
  Rank pacemaker_ = 0;
  int next_leap_ = 0;
  EventId leaping_;
};

}  // namespace gradwire
