#include "netmodel/mailbox.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "netmodel/check.hpp"

namespace gradwire {

PeerLost::PeerLost(Rank at, Rank peer, const std::string& cause)
    : std::runtime_error(fmt::format("rank {} lost rank {}: {}", at, peer, cause)), peer_(peer) {}

void Mailbox::deliver(Rank from, Tag tag, Message message) {
  CHECK(from >= 0 && from < size_, "from={} size={}", from, size_);
  queued_[tag].push_back({from, std::move(message)});
  notify_one(from, tag);
}

void Mailbox::lose(Rank peer, const std::string& cause) {
  lost_.emplace(peer, cause);
  for (Waiter& waiter : waiters_) {
    if (!waiter.from || *waiter.from == peer) waiter.parking.wake();
  }
}

Task<Received> Mailbox::receive(Source from, Tag tag) {
  CHECK(!from || (*from != owner_ && *from >= 0 && *from < size_), "rank {} receives from {} of {}",
        owner_, *from, size_);
  for (;;) {
    if (auto received = take(from, tag)) co_return std::move(*received);
    throw_if_lost(from);

    struct Parked {
      Parked(Mailbox& box, Source source, Tag tag)
          : mailbox(box), place(box.waiters_.emplace(box.waiters_.end())) {
        place->from = source;
        place->tag = tag;
      }
      Parked(const Parked&) = delete;
      Parked& operator=(const Parked&) = delete;
      ~Parked() { mailbox.waiters_.erase(place); }
      Mailbox& mailbox;
      std::list<Waiter>::iterator place;
    };
    bool pass_on = false;
    {
      Parked parked(*this, from, tag);
      try {
        co_await parked.place->parking.wait();
      } catch (const boost::system::system_error&) {
        pass_on = parked.place->notified;
        if (!pass_on) throw;
      }
    }
    if (pass_on) {
      // Cancelled after a message had been announced to it: somebody else may want that message.
      if (const auto queue = queued_.find(tag); queue != queued_.end()) {
        for (const Received& received : queue->second) notify_one(received.from, tag);
      }
      co_await stop_if_cancelled();
    }
  }
}

std::optional<Received> Mailbox::take(Source from, Tag tag) {
  const auto queue = queued_.find(tag);
  if (queue == queued_.end()) return std::nullopt;
  std::deque<Received>& messages = queue->second;
  const auto match = std::find_if(messages.begin(), messages.end(), [&](const Received& received) {
    return !from || received.from == *from;
  });
  if (match == messages.end()) return std::nullopt;
  Received received = std::move(*match);
  messages.erase(match);
  if (messages.empty()) queued_.erase(queue);
  return received;
}

void Mailbox::throw_if_lost(Source from) const {
  if (lost_.empty()) return;
  const auto found = from ? lost_.find(*from) : lost_.begin();
  if (found != lost_.end()) throw PeerLost(owner_, found->first, found->second);
}

void Mailbox::notify_one(Rank from, Tag tag) {
  for (Waiter& waiter : waiters_) {
    if (waiter.tag != tag || waiter.notified || (waiter.from && *waiter.from != from)) continue;
    waiter.notified = true;
    waiter.parking.wake();
    return;
  }
}

std::string Mailbox::waiting() const {
  std::string text;
  for (const Waiter& waiter : waiters_) {
    text += fmt::format("{}{} (tag {})", text.empty() ? "" : ", ",
                        waiter.from ? fmt::format("rank {}", *waiter.from) : "any rank",
                        static_cast<std::uint64_t>(waiter.tag));
  }
  return text;
}

}  // namespace gradwire
