// The state of one rank in a collective that is executed as a whole (modelled_collective.hpp), and
// the store that such states are taken from: kept from one collective to the next, so that a
// training makes only as many as take part at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "netmodel/event_queue.hpp"
#include "netmodel/schedule.hpp"
#include "netmodel/task.hpp"
#include "netmodel/transport.hpp"

namespace gradwire {

class ModelledEndpoint;

/// Who takes part in collectives without a coroutine of its own.
class CollectiveListener {
 public:
  virtual ~CollectiveListener() = default;
  /// The rank's part is over. It may take part in the next collective now.
  virtual void collective_over(Rank rank, const PhaseTimes& times) = 0;
  /// It ends early: a host has vanished.
  virtual void collective_lost(Rank rank, Rank peer) = 0;
};

struct CollectiveMember {
  enum class State : std::uint8_t {
    absent,    // has not called yet
    moving,    // waits for the network
    reducing,  // waits for its reducer
    over,      // whoever takes part is about to learn of it
    left,
  };
  // A piece of a later step.
  struct Early {
    int step;
    Rank from;
    Message message;
  };

  State state = State::absent;
  bool abandoned = false;  // cancelled while reducing
  int index = 0;           // of the step it is in
  std::uint32_t sends_left = 0;
  std::uint32_t receives_left = 0;
  std::optional<Rank> lost_peer;
  ModelledEndpoint* endpoint = nullptr;
  const Schedule* schedule = nullptr;
  Reducer* reducer = nullptr;
  Parking* caller = nullptr;               // either it waits here,
  CollectiveListener* listener = nullptr;  // or this one is told,
  EventId telling;                         // by this event
  Buffers buffers;
  Step step;
  std::vector<Message> arrived;  // by receive; none of a timing-only step with one
  std::vector<Early> early;
  TimePoint started{};
  TimePoint sent{};
  TimePoint gathered{};
  PhaseTimes times;
};

class CollectiveMembers {
 public:
  using Member = CollectiveMember;

  CollectiveMembers() { left_.state = Member::State::left; }

  Member& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<Member>());
      free_.reserve(all_.capacity());
      return *all_.back();
    }
    Member& member = *free_.back();
    free_.pop_back();
    return member;
  }

  void give_back(Member& member) {
    member.state = Member::State::absent;
    member.abandoned = false;
    member.index = 0;
    member.lost_peer.reset();
    member.caller = nullptr;
    member.listener = nullptr;
    member.telling = {};
    member.buffers = {};
    member.arrived.clear();
    member.early.clear();
    member.times = {};
    free_.push_back(&member);
  }

  /// Stands for all that have left.
  Member& left() { return left_; }

 private:
  std::vector<std::unique_ptr<Member>> all_;
  std::vector<Member*> free_;
  Member left_;
};

}  // namespace gradwire
