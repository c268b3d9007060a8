// The congestion window of one connection, round by round: slow start, congestion avoidance and
// what losses do to it, in segments of full size.
//
// Reno: RFC 5681. CUBIC: RFC 9438. Slow start doubles with what is acknowledged (RFC 3465, Linux).
// BBR (Cardwell, Cheng, Gunn, Yeganeh, Jacobson: "BBR: congestion-based congestion control", ACM
// Queue 14(5), 2016) is reduced to what a fluid sees of it: it fills the path as slow start does,
// then holds the rate that it found, and neither loss nor a pause makes it slower.
#pragma once

#include <limits>

#include "netmodel/tcp/settings.hpp"

namespace gradwire {

class RelativeState;

class CongestionWindow {
 public:
  explicit CongestionWindow(const TcpSettings& settings);

  /// Without slow start: opens with as many.
  void begin_at(double segments);

  double segments() const { return segments_; }
  bool in_slow_start() const { return segments_ < threshold_; }

  /// A round trip is over in which `acknowledged` segments were. A window that was not used does
  /// not grow: in slow start it must have been half used, otherwise all of it (RFC 7661; Linux,
  /// tcp_is_cwnd_limited).
  void end_round(double acknowledged, TimePoint now, Duration round_trip);

  /// HyStart has seen that the path is full.
  void leave_slow_start(TimePoint now);

  /// Some of `in_flight` segments were lost, and the others told so.
  void lose(double in_flight, TimePoint now);

  /// Nothing came back until the timeout.
  void time_out(double in_flight, TimePoint now);

  /// The connection was silent for so long: each timeout that went by halves the window, down to
  /// the initial one (RFC 2861; Linux, tcp_cwnd_restart).
  void pause(Duration silent, Duration timeout);

  /// The path takes no more than so many, and the window does not outgrow it.
  void limit(double segments);

  /// What a loss leaves of the window.
  double kept_share() const;

  /// Adds all that decides what it does next.
  void describe(RelativeState& state) const;

 private:
  void begin_epoch(double before, TimePoint now);
  double avoidance_target(TimePoint now, Duration round_trip) const;

  CongestionControl control_;
  int streams_;
  double initial_;
  double segments_;
  double threshold_ = std::numeric_limits<double>::infinity();
  // CUBIC: the window at the last loss, which the curve comes back to at epoch_ + plateau_.
  double window_max_ = 0.0;
  double plateau_ = 0.0;  // seconds
  double epoch_window_ = 0.0;
  TimePoint epoch_{};
};

}  // namespace gradwire
