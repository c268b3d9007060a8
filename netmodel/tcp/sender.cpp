#include "netmodel/tcp/sender.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "netmodel/check.hpp"
#include "netmodel/relative_state.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSegmentBits = kTcpPackets.full_packet() * 8;
constexpr std::int64_t kDuplicates = 3;  // acknowledgements that tell of a loss, RFC 5681, 3.2
// Segments that wait in the sender's own queue while it is held back: two of the smallest bursts
// of a few segments each that TCP small queues allow (Linux, tcp_small_queue_check).
constexpr double kHeldBackSegments = 10.0;
// HyStart: Ha and Rhee, "Taming the elephants: new TCP slow start", Computer Networks 55(9), 2011;
// the constants are those of Linux (tcp_cubic.c: hystart_low_window, hystart_ack_delta_us,
// HYSTART_DELAY_MIN and _MAX).
constexpr double kHystartWindowMin = 16.0;
constexpr double kHystartSpacingMax = 2e-3;
constexpr double kHystartDelayMin = 4e-3;
constexpr double kHystartDelayMax = 16e-3;
constexpr double kNoWindowLimit = 1e9;  // segments, more than any path holds
// Where acknowledgements come as a train, it ends slow start with no more than this over the path.
constexpr double kHystartTrainMax = 1.5;

// Those that carry so many bits, the last one perhaps in part.
std::int64_t segments_of(std::int64_t bits) { return (bits + kSegmentBits - 1) / kSegmentBits; }

// Bytes.
double part_of_queue(const TcpBottleneck& bottleneck) {
  return static_cast<double>(bottleneck.queue->count) * static_cast<double>(bottleneck.weight) /
         static_cast<double>(bottleneck.flows);
}

}  // namespace

TcpSender::TcpSender(const TcpSettings& settings, const TcpPath& path)
    : settings_(settings), window_(settings), window_max_(kNoWindowLimit) {
  if (settings.window_limit) {
    window_max_ = std::max(1.0, static_cast<double>(settings.window_max().count) /
                                    static_cast<double>(kTcpPackets.payload)) *
                  settings.streams;
  }
  set_path(path);
}

void TcpSender::set_path(const TcpPath& path) {
  CHECK(path.round_trip > Duration{}, "a round trip of no time");
  const bool other_loss = path.loss != path_.loss;
  path_ = path;
  full_ = settled_ = false;
  if (!settings_.slow_start) {
    const double pipe = static_cast<double>(path.rate.count) * to_seconds(path.round_trip);
    window_.begin_at(std::min(window_max_, std::ceil(pipe / kSegmentBits)));
  }
  if (random_ && other_loss) until_loss_ = draw_run();
}

void TcpSender::draw_losses_from(std::unique_ptr<RandomEngine> random) {
  random_ = std::move(random);
  until_loss_ = draw_run();
}

void TcpSender::begin(TimePoint now, std::int64_t bits) {
  CHECK(left_ == 0 && lost_bits_ == 0 && stuck_bits_ == 0, "a message is under way");
  if (in_round_ && now >= round_start_ + round_trip()) end_round(now);
  left_ = bits;
  repeats_ = 0;
  if (settings_.idle_restart && settings_.slow_start && now > last_sent_ + timeout()) {
    window_.pause(now - last_sent_, timeout());
  }
}

TcpSender::Step TcpSender::next(TimePoint now) {
  if (stuck_bits_ > 0 && now >= stuck_until_) repair_stuck(now);
  if (lost_bits_ > 0 && (left_ == 0 || timed_out_)) {
    if (now < repair_at_) return {Step::Kind::wait, 0, kNoCap, repair_at_};
    end_round(now);
  }
  if (left_ == 0 && stuck_bits_ > 0) return {Step::Kind::wait, 0, kNoCap, stuck_until_};
  if (left_ == 0) return {};
  if (in_round_ && now >= round_start_ + round_trip()) end_round(now);
  if (!in_round_) {
    in_round_ = true;
    round_start_ = now;
    round_bits_ = 0;
  }
  if (only_links_matter()) return send(left_, kNoCap);
  const auto window = static_cast<std::int64_t>(window_bits());
  if (round_bits_ >= window) {
    full_ = settled_ = false;
    return {Step::Kind::wait, 0, kNoCap, round_start_ + round_trip()};
  }
  if (window_.segments() >= window_max_ && !random_ && round_bits_ == 0 && left_ > window) {
    whole_rounds_ = true;
    const auto cap = static_cast<MicroRate>(rate_of_window() * static_cast<double>(kMicro));
    return send((left_ - 1) / window * window, cap);
  }
  return send(std::min(left_, window - round_bits_), kNoCap);
}

TcpSender::Step TcpSender::send(std::int64_t bits, MicroRate cap) {
  under_way_ = bits;
  return {Step::Kind::send, bits, cap, {}};
}

TcpSender::Reason TcpSender::reason() const {
  if (lost_bits_ > 0) return Reason::loss;
  if (window_.segments() >= window_max_) return Reason::window;
  return loss_count_ > 0 ? Reason::loss : Reason::growth;
}

void TcpSender::sent(TimePoint started, TimePoint now, const TcpBottleneck& bottleneck) {
  left_ -= under_way_;
  round_bits_ += under_way_;
  last_sent_ = now;
  if (std::exchange(whole_rounds_, false)) {
    in_round_ = false;
    standing_ = 0;
    return;
  }
  if (random_) draw_losses(started, now, under_way_);
  const bool window_is_out = static_cast<double>(round_bits_) + 1.0 >= window_bits();
  const bool ends_in_queue = left_ == 0 && bottleneck.queue && !bottleneck.at_sender;
  if ((window_is_out || ends_in_queue) && now >= round_start_ + round_trip() &&
      !only_links_matter()) {
    see_full_path(now, bottleneck);
  }
  see_standing(now, bottleneck);
}

// The acknowledgements of a round are there, or the news of its losses.
void TcpSender::end_round(TimePoint now) {
  const Duration taken = std::max(now - round_start_, round_trip());
  if (std::exchange(must_shrink_, false)) {
    // In slow start what arrived before the first loss has let the window grow until the news of
    // it.
    const double grown = window_.in_slow_start() ? static_cast<double>(before_loss_) : 0.0;
    const double flight = std::min(window_.segments() + grown, window_max_);
    if (std::exchange(timed_out_, false)) {
      window_.time_out(flight, now);
    } else {
      window_.lose(flight, now);
    }
  } else {
    window_.end_round(static_cast<double>(round_bits_) / static_cast<double>(kSegmentBits), now,
                      taken);
  }
  window_.limit(window_max_);
  if (full_ && held_back_) {
    const double rate = static_cast<double>(round_bits_) / to_seconds(taken);
    window_.limit(rate * to_seconds(path_.round_trip) / kSegmentBits + kHeldBackSegments);
  }
  repeats_ += segments_of(lost_bits_);
  left_ += std::exchange(lost_bits_, 0);
  in_round_ = false;
}

bool TcpSender::only_links_matter() const {
  if (random_) return false;
  if (path_.has_queues) return settled_;
  return full_ || rate_of_window() >= static_cast<double>(path_.rate.count);
}

double TcpSender::window_bits() const {
  return std::max(1.0, std::min(window_.segments(), window_max_)) *
         static_cast<double>(kSegmentBits);
}

double TcpSender::rate_of_window() const { return window_bits() / to_seconds(round_trip()); }

void TcpSender::describe(RelativeState& state, TimePoint now) const {
  if (random_) return state.refuse();
  state.add(left_);
  state.add(under_way_);
  state.add(static_cast<std::int64_t>(whole_rounds_) + 2 * static_cast<std::int64_t>(timed_out_) +
            4 * static_cast<std::int64_t>(must_shrink_));
  state.add(lost_bits_);
  // Once the links are all that matters they remain so, whatever the window would do.
  const bool at_rest = (path_.has_queues ? settled_ : full_) && lost_bits_ == 0;
  state.add(static_cast<std::int64_t>(at_rest));
  state.add(queueing_);
  if (path_.has_queues) {
    state.add(standing_);
    // Of what stands in a queue the round under way decides.
    const bool goes_on = in_round_ && (left_ > 0 || now < round_start_ + round_trip());
    state.add(goes_on ? now - round_start_ : Duration{-1});
    state.add(goes_on ? round_bits_ : std::int64_t{});
  }
  if (at_rest) return;
  state.add(static_cast<std::int64_t>(full_) + 2 * static_cast<std::int64_t>(held_back_) +
            4 * static_cast<std::int64_t>(settled_) + 8 * static_cast<std::int64_t>(in_round_));
  if (in_round_) {
    // When a round that is over began matters only for the rate at which the links were full.
    const bool is_over = left_ == 0 && now >= round_start_ + round_trip() && !full_;
    state.add(is_over ? round_trip() : now - round_start_);
    state.add(round_bits_);
  }
  // Once a pause has brought the window down to where it begins, it may as well be longer.
  const double halvings = std::log2(std::max(1.0, 2.0 * window_.segments()));
  const Duration longest = timeout() * static_cast<std::int64_t>(halvings + 2.0);
  if (settings_.idle_restart) state.add(std::min(now - last_sent_, longest));
  if (lost_bits_ > 0) state.add(repair_at_);
  window_.describe(state);
}

// --- losses by chance

// How many segments arrive between two that do not: geometric.
std::int64_t TcpSender::draw_run() {
  constexpr double kNever = 1e15;
  if (path_.loss <= 0.0) return static_cast<std::int64_t>(kNever);
  // 53 bits, never 0.
  const double uniform = (static_cast<double>((*random_)() >> 11U) + 0.5) * 0x1p-53;
  return static_cast<std::int64_t>(std::min(kNever, std::log(uniform) / std::log1p(-path_.loss)));
}

// So many segments are on their way; `lose` is told of each of them that is lost, from 0.
template <typename Lose>
void TcpSender::pass(std::int64_t segments, const Lose& lose) {
  while (until_loss_ < segments) {
    lose(until_loss_);
    until_loss_ += 1 + draw_run();
  }
  until_loss_ -= segments;
}

void TcpSender::draw_losses(TimePoint started, TimePoint now, std::int64_t bits) {
  const std::int64_t segments = segments_of(bits);
  const std::int64_t repeated = std::min(repeats_, segments);
  repeats_ -= repeated;
  std::int64_t count = 0;
  std::int64_t stuck = 0;
  const std::int64_t first = until_loss_;
  std::int64_t last = first;
  pass(segments, [&](std::int64_t lost) {
    last = lost;
    if (last < repeated && !settings_.rack) {
      if (stuck_bits_ == 0 && stuck == 0) {
        stuck_until_ = started + (now - started) * last / segments + timeout();
      }
      ++stuck;
    } else {
      ++count;
    }
  });
  lost_by_chance_ += count + stuck;
  stuck_bits_ += std::min(stuck * kSegmentBits, bits);
  if (count == 0) return;
  ++loss_count_;
  if (!must_shrink_) before_loss_ = (round_bits_ - bits) / kSegmentBits + first;
  lost_bits_ += std::min(count * kSegmentBits, bits - std::min(stuck * kSegmentBits, bits));
  must_shrink_ = true;
  const bool nobody_tells = round_bits_ == bits && count == segments;
  if (left_ > 0 && !nobody_tells) return;
  const TimePoint lost_at = started + (now - started) * last / segments;
  repair_tail(lost_at, now, segments - 1 - last, nobody_tells);
}

// So many segments are sent again at that time, beside what the links have counted.
void TcpSender::draw_repeats(TimePoint when, std::int64_t segments) {
  if (settings_.rack) return;
  if (until_loss_ < segments) {
    stuck_bits_ += kSegmentBits;
    stuck_until_ = when + timeout();
  }
  pass(segments, [this](std::int64_t /*lost*/) { ++lost_by_chance_; });
}

// The timeout of what was lost again: by then, all else may have arrived.
void TcpSender::repair_stuck(TimePoint now) {
  if (in_round_) end_round(now);
  window_.time_out(std::min(window_.segments(), window_max_), now);
  repeats_ += segments_of(stuck_bits_);
  left_ += std::exchange(stuck_bits_, 0);
}

// Nothing follows that would tell of the loss but the `behind` segments behind it.
void TcpSender::repair_tail(TimePoint lost_at, TimePoint now, std::int64_t behind, bool alone) {
  const Duration trip = round_trip();
  if (behind >= kDuplicates) {
    repair_at_ = lost_at + trip;
  } else if (!settings_.tail_loss_probe) {
    timed_out_ = true;
    repair_at_ = lost_at + timeout() + (alone ? Duration{} : trip);
  } else if (behind > 0) {
    repair_at_ = now + trip + trip / 4;  // RACK's reordering window, RFC 8985, 6.2
  } else {
    repair_at_ = now + 2 * trip;  // the probe, RFC 8985, 7.2
  }
}

// --- queues

void TcpSender::see_full_path(TimePoint now, const TcpBottleneck& bottleneck) {
  const bool was_full = std::exchange(full_, true);
  held_back_ = bottleneck.at_sender;
  settled_ = bottleneck.at_sender || !bottleneck.queue;
  if (settled_) return;
  const double rate = static_cast<double>(round_bits_) / to_seconds(now - round_start_);
  const double pipe = rate * to_seconds(path_.round_trip) / kSegmentBits;
  const double queue = part_of_queue(bottleneck) / static_cast<double>(kTcpPackets.full_packet());
  const double sent = static_cast<double>(round_bits_) / static_cast<double>(kSegmentBits);
  const double segments = std::min(sent, std::min(window_.segments(), window_max_));
  if (window_.in_slow_start() && hystart_ends((segments - pipe) * kSegmentBits / rate, rate)) {
    if (kSegmentBits / rate <= kHystartSpacingMax) window_.limit(kHystartTrainMax * pipe);
    window_.leave_slow_start(now);
  }
  // What stands in the queue; of a first burst no more than came faster than it left.
  double stands = segments - pipe;
  if (!was_full && bottleneck.inflow.count > 0) {
    const double part = 1.0 - rate / static_cast<double>(bottleneck.inflow.count);
    stands = std::min(stands, std::max(0.0, part) * segments);
  }
  if (stands > queue && !must_shrink_) {
    ++loss_count_;
    const double excess = stands - queue;
    const auto dropped = static_cast<std::int64_t>(std::ceil(excess));
    lost_in_queue_ += dropped;
    window_.lose(pipe + queue, now);
    if (left_ == 0 && lost_bits_ == 0) {
      // What was dropped comes one round trip after the rest.
      lost_bits_ = kSegmentBits;
      repair_at_ = now + round_trip();
      // It counts as one segment of the links' time, but each of it may be lost again.
      if (random_) draw_repeats(repair_at_, dropped);
    } else {
      repeats_ += dropped;
    }
  }
  const double after_loss = window_.kept_share() * (pipe + queue);
  settled_ = !window_.in_slow_start() && (after_loss >= pipe || window_max_ <= pipe + queue);
}

// What of the window is more than the way holds. When the sawtooth is no longer followed, it is its
// mean: between two losses CUBIC's window is 1 - (1 - beta) / 4 of the largest (the mean of RFC
// 9438, equation 1, from 0 to K), Reno's (1 + beta) / 2. BBR empties its queue.
void TcpSender::see_standing(TimePoint now, const TcpBottleneck& bottleneck) {
  standing_ = 0;
  const double elapsed = to_seconds(now - round_start_);
  const double trip = to_seconds(path_.round_trip);
  if (bottleneck.at_sender || !bottleneck.queue || elapsed <= trip) return;
  if (settings_.congestion == CongestionControl::bbr) return;
  const double rate = static_cast<double>(round_bits_) / elapsed;
  const double pipe = rate * trip;
  const double queue = 8.0 * part_of_queue(bottleneck);
  double window = static_cast<double>(round_bits_);
  if (settled_) {
    const double largest = std::min(pipe + queue, window_max_ * static_cast<double>(kSegmentBits));
    const double given_up = 1.0 - window_.kept_share();
    const bool cubic = settings_.congestion == CongestionControl::cubic;
    window = largest * (1.0 - given_up / (cubic ? 4.0 : 2.0));
  }
  standing_ = static_cast<std::int64_t>(std::clamp(window - pipe, 0.0, queue));
}

bool TcpSender::hystart_ends(double queued, double rate) const {
  if (!settings_.hystart || settings_.congestion != CongestionControl::cubic) return false;
  if (window_.segments() < kHystartWindowMin) return false;
  if (kSegmentBits / rate <= kHystartSpacingMax) return true;
  const double allowed =
      std::clamp(to_seconds(path_.round_trip) / 8.0, kHystartDelayMin, kHystartDelayMax);
  return queued >= allowed;
}

}  // namespace gradwire
