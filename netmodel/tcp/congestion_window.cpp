#include "netmodel/tcp/congestion_window.hpp"

#include <algorithm>
#include <cmath>

#include "netmodel/relative_state.hpp"

namespace gradwire {
namespace {

constexpr double kCubicC = 0.4;     // RFC 9438, section 4.1.2
constexpr double kCubicBeta = 0.7;  // section 4.6
constexpr double kRenoBeta = 0.5;   // RFC 5681, section 3.1
// RFC 9438, section 4.3: what makes CUBIC's steady growth as fast as Reno's on average.
constexpr double kCubicAlpha = 3.0 * (1.0 - kCubicBeta) / (1.0 + kCubicBeta);
// RFC 9438, section 4.2: the target of one round trip is at most so many windows.
constexpr double kGrowthMax = 1.5;
constexpr double kWindowMin = 2.0;  // after a loss, RFC 5681, equation 4

double beta_of(CongestionControl control) {
  return control == CongestionControl::reno ? kRenoBeta : kCubicBeta;
}

}  // namespace

CongestionWindow::CongestionWindow(const TcpSettings& settings)
    : control_(settings.congestion),
      streams_(settings.streams),
      initial_(static_cast<double>(settings.initial_window) * settings.streams),
      segments_(initial_) {}

void CongestionWindow::begin_at(double segments) {
  segments_ = threshold_ = std::max(segments, initial_);
  begin_epoch(segments_, TimePoint{});
}

void CongestionWindow::end_round(double acknowledged, TimePoint now, Duration round_trip) {
  if (in_slow_start()) {
    if (2.0 * acknowledged < segments_) return;
    const double grown = segments_ + acknowledged;
    if (grown < threshold_) {
      segments_ = grown;
      return;
    }
    segments_ = threshold_;
    if (epoch_window_ == 0.0) begin_epoch(segments_, now);
    return;
  }
  if (acknowledged < segments_ - 1.0) return;
  segments_ = std::max(segments_, avoidance_target(now, round_trip));
}

// Of all streams together: each has its part of the window, and grows by itself.
double CongestionWindow::avoidance_target(TimePoint now, Duration round_trip) const {
  const double each = segments_ / streams_;
  if (control_ != CongestionControl::cubic) return (each + 1.0) * streams_;
  const double since = to_seconds(now - epoch_);
  const double next = since + to_seconds(round_trip) - plateau_;
  const double curve = kCubicC * next * next * next + window_max_;
  const double steady = epoch_window_ + kCubicAlpha * since / to_seconds(round_trip);
  return std::min(std::max(curve, steady), kGrowthMax * each) * streams_;
}

void CongestionWindow::begin_epoch(double before, TimePoint now) {
  epoch_ = now;
  window_max_ = before / streams_;
  epoch_window_ = segments_ / streams_;
  plateau_ = std::cbrt(std::max(0.0, window_max_ - epoch_window_) / kCubicC);
}

void CongestionWindow::leave_slow_start(TimePoint now) {
  threshold_ = segments_;
  begin_epoch(segments_, now);
}

void CongestionWindow::lose(double in_flight, TimePoint now) {
  if (control_ == CongestionControl::bbr) return;
  const double flight = std::max(in_flight, 1.0);
  double before = flight;
  // Fast convergence (RFC 9438, section 4.7): a flow that is driven back gives way.
  if (flight / streams_ < window_max_) before *= (1.0 + kCubicBeta) / 2.0;
  segments_ = std::max(kWindowMin, flight * kept_share());
  threshold_ = segments_;
  begin_epoch(std::max(before, segments_), now);
}

// Only one of the streams has lost.
double CongestionWindow::kept_share() const {
  return control_ == CongestionControl::bbr ? 1.0 : 1.0 - (1.0 - beta_of(control_)) / streams_;
}

void CongestionWindow::time_out(double in_flight, TimePoint now) {
  if (control_ == CongestionControl::bbr) return;
  lose(in_flight, now);
  segments_ = std::max(1.0, in_flight * (streams_ - 1) / streams_);
}

void CongestionWindow::pause(Duration silent, Duration timeout) {
  if (control_ == CongestionControl::bbr) return;
  const double floor = std::min(initial_, segments_);
  if (silent > timeout) threshold_ = std::max(threshold_, 0.75 * segments_);
  for (Duration left = silent - timeout; left > Duration{} && segments_ > floor; left -= timeout) {
    segments_ /= 2.0;
  }
  segments_ = std::max(segments_, floor);
  epoch_ += silent;  // the curve stands still meanwhile, as in Linux (bictcp_cwnd_event)
}

void CongestionWindow::describe(RelativeState& state) const {
  state.add(segments_);
  state.add(threshold_);
  state.add(window_max_);
  state.add(epoch_window_);
  if (epoch_window_ > 0.0) {
    state.add(plateau_);
    state.add(epoch_);
  }
}

void CongestionWindow::limit(double segments) {
  segments_ = std::min(segments_, std::max(segments, initial_));
}

}  // namespace gradwire
