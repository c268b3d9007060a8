// Where messages wait for the receive that wants them. Every transport matches messages to receives
// by this one class, so that they all keep the same promises.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "netmodel/message.hpp"
#include "netmodel/task.hpp"

namespace gradwire {

/// The other end is gone: it left, died, or broke the protocol.
class PeerLost : public std::runtime_error {
 public:
  PeerLost(Rank at, Rank peer, const std::string& cause);
  Rank peer() const { return peer_; }

 private:
  Rank peer_;
};

/// Whose message a receive takes: one rank's, or the first that comes from any (no value).
using Source = std::optional<Rank>;
inline constexpr Source kAnySource = std::nullopt;

class Mailbox {
 public:
  /// `owner` is named in errors; `size` is the number of ranks.
  Mailbox(Rank owner, int size) : owner_(owner), size_(size) {}

  /// Messages from one rank under one tag are received in the order in which they were delivered.
  void deliver(Rank from, Tag tag, Message message);

  /// From now on nothing comes from this peer. Receives that only it could satisfy fail with
  /// PeerLost once its delivered messages are taken; a receive from any source fails when the
  /// first peer is lost, for it cannot know whose message it was waiting for.
  void lose(Rank peer, const std::string& cause);

  /// The next message that matches. Throws PeerLost; cancellable, and a cancelled receive takes no
  /// message.
  Task<Received> receive(Source from, Tag tag);

  /// The same without waiting: nothing when there is no such message.
  std::optional<Received> take(Source from, Tag tag);

  /// "rank 1 (tag 7), any rank (tag 0)": what the receives that are parked here wait for; empty
  /// when there are none.
  std::string waiting() const;

  /// No message and no receive waits here.
  bool is_idle() const { return queued_.empty() && waiters_.empty(); }

 private:
  struct Waiter {
    Source from;
    Tag tag;
    Parking parking;
    bool notified = false;
  };

  void throw_if_lost(Source from) const;
  void notify_one(Rank from, Tag tag);

  Rank owner_;
  int size_;
  std::map<Tag, std::deque<Received>> queued_;
  std::list<Waiter> waiters_;
  std::map<Rank, std::string> lost_;
};

}  // namespace gradwire
