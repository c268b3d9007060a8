// One TCP connection on top of the fluid network: when it may send how much of a message.
//
// A pure decision: it knows neither clock nor flows. Time passes in rounds of one round trip. In
// each, one window may leave, as fast as the links let it; if it has left before the round trip is
// over, the sender waits for the first acknowledgement. If the links take longer than that, they
// are the limit and the window does not show. Where nothing but the links can matter any more, the
// rest of a message goes as one piece, so that rounds cost nothing.
//
//   sender.begin(now, bits);
//   for (;;) { step = sender.next(now); send, and say sent(...); or wait; or it is done. }
#pragma once

#include <memory>
#include <optional>

#include "netmodel/fair_share.hpp"
#include "netmodel/random_streams.hpp"
#include "netmodel/tcp/congestion_window.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

/// What a connection's route amounts to.
struct TcpPath {
  /// There and back without queueing, with the time of one full segment on the slowest link.
  Duration round_trip{};
  BitsPerSecond rate{};     ///< of the slowest link
  double loss = 0.0;        ///< chance of a segment to be lost on the way
  bool has_queues = false;  ///< some link on the way can drop what does not fit
};

/// The link that is fullest when a window has left.
struct TcpBottleneck {
  /// The sender's own link: what does not fit waits in the sender, is not lost, and the window does
  /// not grow beyond the path.
  bool at_sender = true;
  std::optional<Bytes> queue;  ///< what can wait elsewhere; none: anything
  std::int64_t flows = 1;      ///< on this link, this one included, by their weights
  std::int64_t weight = 1;     ///< of this one
  LinkIndex link = 0;
  BitsPerSecond inflow{};  ///< the slowest link before it; 0: as fast as can be
};

class TcpSender {
 public:
  TcpSender(const TcpSettings& settings, const TcpPath& path);

  /// The route has changed.
  void set_path(const TcpPath& path);

  /// From now on segments are lost by chance, as often as the path loses them.
  void draw_losses_from(std::unique_ptr<RandomEngine> random);
  bool draws_losses() const { return random_ != nullptr; }

  /// What else stands in the queues of the way makes the round trip so much longer from now on.
  void set_queueing(Duration queueing) { queueing_ = queueing; }

  /// A new message of so many bits on the wire. The one before must be done.
  void begin(TimePoint now, std::int64_t bits);

  struct Step {
    enum class Kind { send, wait, done };
    Kind kind = Kind::done;
    std::int64_t bits = 0;   // send
    MicroRate cap = kNoCap;  // send: no faster than this
    TimePoint until{};       // wait
  };
  Step next(TimePoint now);

  /// The bits of the last step have left, over this bottleneck.
  void sent(TimePoint started, TimePoint now, const TcpBottleneck& bottleneck);

  /// What it waits for, when it waits.
  enum class Reason { growth, window, loss };
  Reason reason() const;
  /// When the round under way began, or the last one if none is.
  TimePoint round_start() const { return round_start_; }

  /// Whether even the smallest window of this connection fills its links.
  bool never_matters() const { return only_links_matter(); }

  /// Retransmission timeout: one round trip and the least variance that Linux assumes (RFC 6298;
  /// tcp_rto_min).
  Duration timeout() const { return round_trip() + settings_.timeout_min; }
  const CongestionWindow& window() const { return window_; }
  /// Adds all that decides what it does next; not for one that draws its losses.
  void describe(RelativeState& state, TimePoint now) const;
  /// Windows in which segments were lost.
  std::int64_t losses() const { return loss_count_; }
  /// Segments so far.
  std::int64_t lost_by_chance() const { return lost_by_chance_; }
  std::int64_t lost_in_queue() const { return lost_in_queue_; }
  /// Bits of this connection that stand in front of its bottleneck, where that is at a switch.
  std::int64_t standing() const { return standing_; }

 private:
  void end_round(TimePoint now);
  Step send(std::int64_t bits, MicroRate cap);
  void draw_losses(TimePoint started, TimePoint now, std::int64_t bits);
  void repair_tail(TimePoint lost_at, TimePoint now, std::int64_t behind, bool first);
  void draw_repeats(TimePoint when, std::int64_t segments);
  void repair_stuck(TimePoint now);
  void see_full_path(TimePoint now, const TcpBottleneck& bottleneck);
  bool hystart_ends(double queued, double rate) const;
  bool only_links_matter() const;
  Duration round_trip() const { return path_.round_trip + queueing_; }
  void see_standing(TimePoint now, const TcpBottleneck& bottleneck);
  double window_bits() const;
  double rate_of_window() const;
  std::int64_t draw_run();
  template <typename Lose>
  void pass(std::int64_t segments, const Lose& lose);

  TcpSettings settings_;
  TcpPath path_;
  CongestionWindow window_;
  double window_max_;  // segments
  std::unique_ptr<RandomEngine> random_;
  std::int64_t until_loss_ = 0;  // segments that arrive before the next one that does not
  std::int64_t loss_count_ = 0;
  std::int64_t lost_by_chance_ = 0;
  std::int64_t lost_in_queue_ = 0;
  std::int64_t standing_ = 0;
  Duration queueing_{};

  std::int64_t left_ = 0;       // bits of the message that have not been handed out
  std::int64_t under_way_ = 0;  // bits of the last step
  bool whole_rounds_ = false;   // the last step was several windows at their mean rate
  // Of the round under way.
  bool in_round_ = false;
  TimePoint round_start_{};
  std::int64_t round_bits_ = 0;
  TimePoint last_sent_{};
  bool full_ = false;       // the links take longer for a window than the round trip
  bool held_back_ = false;  // and what does not fit waits in the sender
  bool settled_ = false;    // and a queue that overflows does not change that

  std::int64_t repeats_ = 0;  // segments that come next and have been sent before
  // Bits that were lost again, and wait for the timeout while others pass.
  std::int64_t stuck_bits_ = 0;
  TimePoint stuck_until_{};
  // Lost bits that are to be sent again.
  std::int64_t lost_bits_ = 0;
  bool must_shrink_ = false;
  std::int64_t before_loss_ = 0;  // segments of the round that left before the first lost one
  bool timed_out_ = false;
  TimePoint repair_at_{};  // when the sender knows of a loss that holds up everything
};

}  // namespace gradwire
