// One rank's end of the network in virtual time.
#pragma once

#include <memory>
#include <unordered_map>

#include "netmodel/transports/modelled_network.hpp"

namespace gradwire {

class ModelledEndpoint final : public Transport, private TransferListener {
 public:
  ModelledEndpoint(ModelledNetwork& network, Rank rank);

  Rank rank() const override { return rank_; }
  int size() const override { return network_.size(); }
  SentCounters sent() const override { return sent_; }

  Task<void> send(Rank to, Tag tag, Message message) override;
  Task<Received> receive(Source from, Tag tag) override;

  /// Runs the schedule as a whole, without a coroutine for each message; the same result as step by
  /// step, to the nanosecond.
  Task<PhaseTimes> execute(const Schedule& schedule, Buffers buffers, Reducer& reducer) override;

  /// The same in a timing-only run without a coroutine; all outlive the rank's part.
  void execute(const Schedule& schedule, Reducer& reducer, CollectiveListener& listener);

  /// Step by step, as every other transport does it: what execute() is tested against.
  Task<PhaseTimes> execute_step_by_step(const Schedule& schedule, Buffers buffers,
                                        Reducer& reducer) {
    return Transport::execute(schedule, buffers, reducer);
  }

  /// `fate`: what became of the host, "vanished ...".
  void lose(Rank peer, const std::string& fate);
  bool is_lost() const { return lost_; }
  std::string waiting() const { return letters_ ? letters_->mailbox.waiting() : ""; }
  void count_sent(const SentCounters& sent) { sent_ += sent; }
  std::int64_t collectives() const { return static_cast<std::int64_t>(collectives_begun()); }
  /// Adds what decides what comes of its messages outside of collectives; refuses if any is under
  /// way.
  void describe(RelativeState& state) const;

 private:
  struct Sending {
    Tag tag{};
    Parking* sender = nullptr;  // none when the sender was cancelled
  };

  // What goes from rank to rank outside of collectives, for those that ever do.
  struct Letters {
    Letters(Rank rank, int size) : mailbox(rank, size) {}
    Mailbox mailbox;
    std::unordered_map<std::uint64_t, Sending> sending;
    std::uint64_t next_token = 0;
  };

  Letters& letters();
  void drained(Rank from, Rank to, std::uint64_t token) override;
  void delivered(Rank from, Rank to, std::uint64_t token, Message message) override;
  void dropped(Rank from, Rank to, std::uint64_t token) override;
  void throw_if_lost(Rank peer) const;

  ModelledNetwork& network_;
  Rank rank_;
  bool lost_ = false;
  std::unique_ptr<Letters> letters_;
  SentCounters sent_;
};

}  // namespace gradwire
