#include "netmodel/tcp/sender.hpp"

#include <gtest/gtest.h>

#include "netmodel/check.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSegment = 1514 * 8;

// A link that takes 1 ms for a segment, and 100 ms there and back: it holds 100 segments.
TcpPath path() { return {.round_trip = 100ms, .rate = {kSegment * 1000}}; }

// Sends messages over a link that the sender has for itself.
class Link1 {
 public:
  explicit Link1(TcpSettings settings, TcpPath path = gradwire::path(),
                 std::unique_ptr<RandomEngine> losses = nullptr)
      : rate_(path.rate.count), sender_(settings, path) {
    if (losses) sender_.draw_losses_from(std::move(losses));
  }

  /// When so many segments have left that are handed over at a time.
  Duration send(Duration when, std::int64_t segments) {
    TimePoint now(when);
    sender_.begin(now, segments * kSegment);
    for (;;) {
      const TcpSender::Step step = sender_.next(now);
      if (step.kind == TcpSender::Step::Kind::done) return now.time_since_epoch();
      if (step.kind == TcpSender::Step::Kind::wait) {
        EXPECT_GT(step.until, now);
        now = step.until;
        ++waits_;
        continue;
      }
      ++parts_;
      const TimePoint started = now;
      const double rate = std::min(static_cast<double>(rate_),
                                   static_cast<double>(step.cap) / static_cast<double>(kMicro));
      now += Duration(std::llround(static_cast<double>(step.bits) / rate * 1e9));
      sender_.sent(started, now, bottleneck);
    }
  }

  TcpBottleneck bottleneck;
  const TcpSender& sender() const { return sender_; }
  int parts() const { return parts_; }
  int waits() const { return waits_; }

 private:
  std::int64_t rate_;
  TcpSender sender_;
  int parts_ = 0;
  int waits_ = 0;
};

// Rounds begin at 0, 100, 200 and 300 ms with 10, 20, 40 and 80 segments; the next window of 160
// fills the path: from 400 ms on a segment leaves each millisecond.
TEST(TcpSender, SlowStartSendsAWindowARound) {
  const std::pair<std::int64_t, Duration> cases[] = {{1, 1ms},     {10, 10ms},    {11, 101ms},
                                                     {30, 120ms},  {31, 201ms},   {150, 380ms},
                                                     {151, 401ms}, {1150, 1400ms}};
  for (const auto& [segments, expected] : cases) {
    EXPECT_EQ(Link1({}).send(0s, segments), expected) << segments;
  }
}

TEST(TcpSender, AFullPathCostsNoMoreRounds) {
  Link1 link({});
  link.send(0s, 1'000'000);
  EXPECT_EQ(link.waits(), 4);
  EXPECT_EQ(link.parts(), 5);  // 10, 20, 40, 80, and the rest
}

TEST(TcpSender, WithoutSlowStartThePathIsFilledAtOnce) {
  TcpSettings settings;
  settings.slow_start = false;
  EXPECT_EQ(Link1(settings).send(0s, 1150), 1150ms);
}

// What the first message has opened, the second uses: 20 segments at once, then 40.
TEST(TcpSender, TheWindowStaysOpenBetweenMessages) {
  Link1 link({});
  link.send(0s, 10);
  EXPECT_EQ(link.send(150ms, 30), 250ms + 10ms);
}

// Two messages in one round share its window.
TEST(TcpSender, MessagesOfOneRoundShareItsWindow) {
  Link1 link({});
  EXPECT_EQ(link.send(0s, 6), 6ms);
  EXPECT_EQ(link.send(6ms, 6), 102ms);
}

// 80 segments after three full rounds. Timeout: 100 + 200 ms. Silent for 301 ms since the last bit,
// it has 40 left, and for 10 s the initial 10.
TEST(TcpSender, SilenceBeyondTheTimeoutClosesTheWindow) {
  for (const auto& [silence, at_once] :
       std::vector<std::pair<Duration, std::int64_t>>{{290ms, 80}, {301ms, 40}, {10s, 10}}) {
    Link1 link({});
    const Duration end = link.send(0s, 70);
    EXPECT_EQ(end, 240ms);
    const Duration begin = end + silence;
    EXPECT_EQ(link.send(begin, at_once), begin + 1ms * at_once);
    EXPECT_EQ(link.send(begin + 1ms * at_once, 1), begin + 101ms) << to_string(silence);
  }
  TcpSettings settings;
  settings.idle_restart = false;
  Link1 link(settings);
  const Duration end = link.send(0s, 70);
  EXPECT_EQ(link.send(end + 10s, 80), end + 10s + 80ms);
}

// Buffers for 20 segments: 10, then 20 a round. 65 segments: 10 + 20 + 20 + 15, the last at 300 ms.
TEST(TcpSender, BuffersBoundTheWindow) {
  TcpSettings settings;
  settings.send_buffer = {30 * 1448};
  EXPECT_EQ(Link1(settings).send(0s, 65), 315ms);
  settings.window_limit = false;
  EXPECT_EQ(Link1(settings).send(0s, 65), 235ms);
}

// 10 + 20 * 1000 segments: the whole windows go as one part at their mean rate.
TEST(TcpSender, AWindowLimitCostsNoEventsARound) {
  TcpSettings settings;
  settings.send_buffer = {30 * 1448};
  Link1 link(settings);
  EXPECT_EQ(link.send(0s, 10 + 20 * 1000), 100ms * 1000 + 20ms);
  EXPECT_LE(link.parts(), 3);
}

TEST(TcpSender, StreamsMultiplyTheWindow) {
  TcpSettings settings;
  settings.streams = 4;
  EXPECT_EQ(Link1(settings).send(0s, 40), 40ms);
  EXPECT_EQ(Link1(settings).send(0s, 41), 101ms);
}

// The path holds 100 segments and the queue 20: the window of 160 overflows it, 0.7 * 120 = 84 are
// left, less than the path holds; the queue of 100 holds the window, and 0.7 * 200 fill the path.
TEST(TcpSender, AnOverflowingQueueShrinksTheWindow) {
  TcpPath queued = path();
  queued.has_queues = true;
  const auto time_with = [&queued](std::int64_t queue) {
    Link1 link({}, queued);
    link.bottleneck = {.at_sender = false, .queue = Bytes{queue * 1514}, .flows = 1};
    return link.send(0s, 3000);
  };
  EXPECT_EQ(time_with(100), 250ms + 3000ms);
  EXPECT_GT(time_with(20), time_with(100));
  Link1 held({}, queued);
  held.bottleneck = {.at_sender = true, .queue = Bytes{1514}, .flows = 1};
  EXPECT_EQ(held.send(0s, 3000), 250ms + 3000ms);
}

TcpPath lossy(double loss) {
  TcpPath path = gradwire::path();
  path.loss = loss;
  return path;
}

double mean_of_losses(double loss, TcpSettings settings, std::int64_t segments) {
  double sum = 0.0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Link1 link(settings, lossy(loss), std::make_unique<RandomEngine>(seed));
    sum += to_seconds(link.send(0s, segments));
  }
  return sum / 200;
}

// Of 100 000 segments at 2 %, 2 000 +- 3 * 45 are lost, and each is sent again.
TEST(TcpSender, LosesTheShareThatThePathLoses) {
  TcpSettings settings;
  settings.send_buffer = {3 * 1448};  // so that a window has one loss at most, nearly always
  Link1 link(settings, lossy(0.02), std::make_unique<RandomEngine>(7));
  link.send(0s, 100'000);
  EXPECT_NEAR(static_cast<double>(link.sender().losses()), 2000.0, 200.0);
}

TEST(TcpSender, MoreLossTakesLonger) {
  const double none = to_seconds(Link1({}).send(0s, 1000));
  const double little = mean_of_losses(0.0001, {}, 1000);
  const double much = mean_of_losses(0.01, {}, 1000);
  EXPECT_GT(little, none);
  EXPECT_GT(much, 2 * little);
}

// Of a first window of 10 one segment is lost: by then the window has grown by those before it, and
// a loss keeps 0.7 of that.
TEST(TcpSender, SlowStartGoesOnUntilTheNewsOfALoss) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Link1 link({}, lossy(0.1), std::make_unique<RandomEngine>(seed));
    link.send(0s, 10);
    if (link.sender().lost_by_chance() == 0) continue;
    EXPECT_GE(link.sender().window().segments(), 7.0);
    EXPECT_LT(link.sender().window().segments(), 0.7 * 20.0);
    if (link.sender().window().segments() > 7.5) return;
  }
  FAIL() << "no loss behind others";
}

// One segment of one is lost with 50 %: then the probe comes after two round trips, or the timeout
// of 300 ms without it; and may be lost in its turn. Mean: 1 ms + delay, twice each.
TEST(TcpSender, ALostTailWaitsForItsProbeOrForTheTimeout) {
  TcpSettings settings;
  EXPECT_NEAR(mean_of_losses(0.5, settings, 1), 0.002 + 0.2, 0.06);
  settings.tail_loss_probe = false;
  EXPECT_NEAR(mean_of_losses(0.5, settings, 1), 0.002 + 0.3, 0.09);
}

// At 5 %, of 100 segments five are lost, and one of them again in a quarter of the runs: without
// RACK it comes 300 ms after that, when the rest has arrived.
TEST(TcpSender, WhatIsLostTwiceWaitsForTheTimeoutWithoutRack) {
  TcpSettings settings;
  const double noticed = mean_of_losses(0.05, settings, 100);
  settings.rack = false;
  const double waiting = mean_of_losses(0.05, settings, 100);
  EXPECT_GT(waiting, noticed + 0.01);
  EXPECT_LT(waiting, noticed + 0.3);
}

// Long transfers of Reno against the square root law, which leaves timeouts out.
TEST(TcpSender, RenoUnderLossIsNearTheSquareRootLaw) {
  TcpSettings settings;
  settings.congestion = CongestionControl::reno;
  TcpPath fast = lossy(0.001);
  fast.rate = {100 * kSegment * 1000};
  Link1 link(settings, fast, std::make_unique<RandomEngine>(3));
  const double seconds = to_seconds(link.send(0s, 200'000));
  EXPECT_NEAR(200'000 * 0.1 / seconds, std::sqrt(1.5 / 0.001), 6.0);
}

TEST(TcpSender, RefusesAPathOfNoTime) {
  EXPECT_THROW(TcpSender({}, {.round_trip = 0s, .rate = {1000}}), CheckFailure);
}

}  // namespace
}  // namespace gradwire
