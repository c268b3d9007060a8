// The state of one rank in a collective that is executed as a whole (modelled_collective.hpp), and
// the store that such states are taken from: kept from one collective to the next, so that a
// training makes only as many as take part at a time.
#pragma once

#include <memory>
#include <optional>
#include <utility>
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

/// What a rank in a coroutine takes part with; it outlives its part.
struct CollectiveCaller {
  Parking parking;
  Buffers buffers;
  bool abandoned = false;  // cancelled while reducing
};

struct CollectiveMember {
  enum class State : std::uint8_t {
    absent,    // has not called yet
    moving,    // waits for the network
    reducing,  // waits for its reducer, or lets its time pass
    over,      // whoever takes part is about to learn of it
    left,
  };
  static constexpr std::uint32_t kNone = 0xffffffff;

  // A step whose pieces are kept apart: there are several, or they have content.
  struct Pieces {
    Step step;
    std::vector<Message> arrived;  // by receive; empty: the step is none of these
  };

  bool keeps_pieces() const { return pieces && !pieces->arrived.empty(); }
  bool is_timing_only() const { return caller == nullptr || caller->buffers.is_timing_only(); }

  State state = State::absent;
  int index = 0;  // of the step it is in
  std::uint32_t sends_left = 0;
  std::uint32_t receives_left = 0;
  Rank only_sender = 0;         // of a step with one receive
  std::uint32_t early = kNone;  // the first of its early pieces
  std::optional<Rank> lost_peer;
  const Schedule* schedule = nullptr;
  Reducer* reducer = nullptr;
  CollectiveCaller* caller = nullptr;      // either it waits here,
  CollectiveListener* listener = nullptr;  // or this one is told,
  EventId event;                           // by which it is, or its reduction over
  std::unique_ptr<Pieces> pieces;          // since it first kept some
  Bytes summed{};                          // in the step
  TimePoint started{};
  TimePoint sent{};
  TimePoint gathered{};
  PhaseTimes times;
  CollectiveMember* next_free = nullptr;
};

class CollectiveMembers {
 public:
  using Member = CollectiveMember;

  /// A piece of a step that its member is not in yet.
  struct Early {
    int step = 0;
    Rank from = 0;
    Message message;
    std::uint32_t next = Member::kNone;  // of the same member; of those that are free
  };

  CollectiveMembers() { left_.state = Member::State::left; }

  Member& take() {
    if (first_free_ == nullptr) add_block();
    return *std::exchange(first_free_, first_free_->next_free);
  }

  void give_back(Member& member) {
    while (member.early != Member::kNone) take_early(member.early);
    member.state = Member::State::absent;
    member.index = 0;
    member.lost_peer.reset();
    member.caller = nullptr;
    member.listener = nullptr;
    member.event = {};
    if (member.pieces) member.pieces->arrived.clear();
    member.times = {};
    member.next_free = std::exchange(first_free_, &member);
  }

  void keep_early(Member& member, int step, Rank from, Message message) {
    if (first_free_early_ == Member::kNone) {
      first_free_early_ = static_cast<std::uint32_t>(early_.size());
      early_.emplace_back();
    }
    const std::uint32_t place = first_free_early_;
    first_free_early_ = early_[place].next;
    early_[place] = {step, from, std::move(message), std::exchange(member.early, place)};
  }
  const Early& early(std::uint32_t place) const { return early_[place]; }
  /// `place`: of the one before it, or the member, that says which comes next.
  std::uint32_t& next_early(std::uint32_t place) { return early_[place].next; }
  /// Takes out the one that this refers to, which then refers to the next.
  Early take_early(std::uint32_t& place) {
    const std::uint32_t taken = place;
    place = std::exchange(early_[taken].next, first_free_early_);
    first_free_early_ = taken;
    return std::move(early_[taken]);
  }

  /// Stands for all that have left.
  Member& left() { return left_; }
  /// Of a step that is looked at and forgotten.
  Step& scratch() { return scratch_; }

 private:
  static constexpr std::size_t kBlock = 32;

  void add_block() {
    blocks_.push_back(std::make_unique<Member[]>(kBlock));
    for (std::size_t i = kBlock; i-- > 0;) {
      blocks_.back()[i].next_free = std::exchange(first_free_, &blocks_.back()[i]);
    }
  }

  std::vector<std::unique_ptr<Member[]>> blocks_;
  Member* first_free_ = nullptr;
  std::vector<Early> early_;  // of all members, in lists
  std::uint32_t first_free_early_ = Member::kNone;
  Member left_;
  Step scratch_;
};

}  // namespace gradwire
