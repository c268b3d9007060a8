// The shaper in real time. A busy machine makes everything later and nothing earlier: the tests
// assert lower bounds, orders and totals.
#include "netmodel/transports/link_shaper.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "netmodel/check.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr BitsPerSecond k10Mbit{10'000'000};

// What became of one transfer.
struct Progress {
  std::vector<Bytes> pieces;
  Bytes arrived{};
  std::optional<TimePoint> left;
  TimePoint last_arrival{};
  std::vector<LinkTraffic> usage_at_end;  // of all links, when the last byte had arrived
};

class LinkShaperTest : public testing::Test {
 protected:
  void make_star_of(int hosts, BitsPerSecond rate, Duration latency_of_cable) {
    topology_ = make_star(std::vector<StarCable>(static_cast<std::size_t>(hosts),
                                                 StarCable{rate, latency_of_cable, {}, 0.0}));
    shaper_ = std::make_unique<LinkShaper>(context_.get_executor(), clock_, topology_);
  }

  Progress& transmit(Rank from, Rank to, Bytes size) {
    auto& progress = *progresses_.emplace_back(std::make_unique<Progress>());
    const std::size_t name = progresses_.size() - 1;
    missing_ += size;
    shaper_->transmit(
        from, to, size,
        [this, &progress, name, size](Bytes piece) {
          progress.pieces.push_back(piece);
          progress.arrived += piece;
          progress.last_arrival = clock_.now();
          missing_ = missing_ - piece;
          if (progress.arrived < size) return;
          finished_.push_back(name);
          progress.usage_at_end = shaper_->usage();
        },
        [this, &progress] {
          EXPECT_FALSE(progress.left) << "left is called once";
          progress.left = clock_.now();
        });
    EXPECT_TRUE(progress.pieces.empty() && !progress.left) << "called from inside transmit()";
    return progress;
  }

  void run() {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (missing_ > Bytes{} && std::chrono::steady_clock::now() < deadline) {
      context_.run_one_for(100ms);
    }
    ASSERT_EQ(missing_, Bytes{});
  }

  // The least time that these bytes take on a link.
  static Duration least(Bytes size, BitsPerSecond rate) {
    return Duration(wire_bytes(size).count * 8 * 1'000'000'000 / rate.count);
  }

  SteadyClock clock_;
  boost::asio::io_context context_{1};
  std::shared_ptr<const Topology> topology_;
  std::unique_ptr<LinkShaper> shaper_;
  std::vector<std::unique_ptr<Progress>> progresses_;
  Bytes missing_{};
  std::vector<std::size_t> finished_;  // names of transfers, in the order in which they ended
};

TEST_F(LinkShaperTest, IsNeverFasterThanItsLink) {
  make_star_of(2, k10Mbit, 5ms);
  const Bytes size{100'000};
  const TimePoint start = clock_.now();
  const Progress& progress = transmit(0, 1, size);
  run();
  EXPECT_EQ(progress.arrived, size);
  ASSERT_TRUE(progress.left);
  EXPECT_GE(*progress.left, start + least(size, k10Mbit));
  EXPECT_GE(progress.last_arrival, start + least(size, k10Mbit) + 10ms);
  EXPECT_GT(progress.pieces.size(), 10U) << "it arrives bit by bit";
}

TEST_F(LinkShaperTest, AccountsForEveryByteAndItsHeaders) {
  make_star_of(3, k10Mbit, 1ms);
  transmit(0, 1, {30'000});
  transmit(0, 2, {20'001});
  transmit(2, 1, {1});
  run();
  // Slices are whole segments but for the last of a message, so headers add up as if it were uncut.
  const Bytes to_1 = wire_bytes({30'000});
  const Bytes to_2 = wire_bytes({20'001});
  const Bytes tiny = wire_bytes({1});
  std::map<std::string, Bytes> carried;
  for (const LinkTraffic& link : shaper_->usage()) {
    carried[link.name] = link.bytes;
    EXPECT_GE(link.busy, Duration(link.bytes.count * 8 * 100)) << link.name;  // 100 ns a bit
  }
  EXPECT_EQ(carried["host0-switch"], to_1 + to_2);
  EXPECT_EQ(carried["host1-switch"], Bytes{});
  EXPECT_EQ(carried["host2-switch"], tiny);
  EXPECT_EQ(carried["switch-host1"], to_1 + tiny);
  EXPECT_EQ(carried["switch-host2"], to_2);
  EXPECT_GT(shaper_->lateness().events, 10);
  EXPECT_GE(shaper_->lateness().worst * shaper_->lateness().events, shaper_->lateness().total);
}

TEST_F(LinkShaperTest, MessagesOnOneWayKeepTheirOrder) {
  make_star_of(2, k10Mbit, 1ms);
  for (const std::int64_t size : {20'000, 1, 5'000, 1}) transmit(0, 1, {size});
  run();
  EXPECT_THAT(finished_, ElementsAre(0, 1, 2, 3));
}

// Both cross the uplink of host 0: the short one does not wait for the long one, and both together
// take at least what the link needs for all of it.
TEST_F(LinkShaperTest, AShortMessageOvertakesALongOneOnASharedLink) {
  make_star_of(3, k10Mbit, 1ms);
  const TimePoint start = clock_.now();
  const Progress& long_one = transmit(0, 1, {60'000});
  const Progress& short_one = transmit(0, 2, {6'000});
  run();
  EXPECT_THAT(finished_, ElementsAre(1, 0));
  EXPECT_GE(long_one.last_arrival, start + least({66'000}, k10Mbit));
  EXPECT_GE(short_one.last_arrival, start + least({6'000}, k10Mbit));
}

// Three senders, one downlink, served in turn: nobody is done before most of everybody's data has
// gone through.
TEST_F(LinkShaperTest, IncastSharesTheDownlinkOfTheReceiver) {
  make_star_of(4, k10Mbit, 1ms);
  const TimePoint start = clock_.now();
  std::vector<const Progress*> all;
  for (Rank from = 1; from < 4; ++from) all.push_back(&transmit(from, 0, {30'000}));
  const Duration head_start = clock_.now() - start;
  run();
  TimePoint first = TimePoint::max();
  TimePoint last{};
  for (const Progress* progress : all) {
    first = std::min(first, progress->last_arrival);
    last = std::max(last, progress->last_arrival);
  }
  EXPECT_GE(last, start + 3 * least({30'000}, k10Mbit));
  EXPECT_GE(first, start + 2 * least({30'000}, k10Mbit) - 2 * head_start);
}

// The downlink of host 1 has a tenth of the rate. What host 0 has for it may not fill its uplink in
// turn with what it has for host 2, as it would if slices could wait at the switch without limit:
// then 30 000 of its bytes would have crossed by the time that the 40 000 for host 2 have.
TEST_F(LinkShaperTest, AFlowThatIsHeldUpFurtherOnLeavesItsLinkToOthers) {
  topology_ = make_star(
      {{k10Mbit, 0ms, {}, 0.0}, {BitsPerSecond{1'000'000}, 0ms, {}, 0.0}, {k10Mbit, 0ms, {}, 0.0}});
  shaper_ = std::make_unique<LinkShaper>(context_.get_executor(), clock_, topology_);
  const Progress& free_way = transmit(0, 2, {40'000});
  transmit(0, 1, {30'000});
  run();
  EXPECT_THAT(finished_, ElementsAre(0, 1));
  // 5 slices of one segment between the links, and 1 Mbit/s for the 40 ms that it takes.
  EXPECT_LE(free_way.usage_at_end[0].bytes, wire_bytes({40'000}) + Bytes{5 * 1514 + 5'000});
}

std::string refusal(StarCable cable) {
  boost::asio::io_context context(1);
  const SteadyClock clock;
  try {
    const LinkShaper shaper(context.get_executor(), clock, make_star({cable, cable}));
  } catch (const UnsupportedLink& error) {
    return error.what();
  }
  return "";
}

TEST(LinkShaper, RefusesWhatItCannotEmulate) {
  EXPECT_EQ(refusal({k10Mbit, 1ms, {}, 0.01}),
            "link host0-switch has loss: the built-in shaper emulates rate and latency only");
  EXPECT_THAT(refusal({k10Mbit, 1ms, 1us, 0.0}), HasSubstr("link host0-switch has jitter"));
  EXPECT_EQ(refusal({k10Mbit, 1ms, {}, 0.0}), "");
}

// When a timer has expired its handler is on its way, and cancelling the timer does not stop it.
// The shaper goes in the same round of the executor, before the handler runs.
TEST_F(LinkShaperTest, AShaperThatGoesWhileItsTimerExpiresIsNotCalledAgain) {
  make_star_of(2, k10Mbit, 0ms);
  Progress& progress = transmit(0, 1, {1});
  std::this_thread::sleep_for(5ms);
  boost::asio::post(context_, [this] { shaper_.reset(); });
  context_.run_for(20ms);  // under the address sanitizer it used to end here
  EXPECT_FALSE(shaper_);
  EXPECT_TRUE(progress.pieces.empty());
}

// As over a real network: both directions have rate / (1 + 66 / 3028) for data; the first slices
// pass before anything has arrived that could be acknowledged.
TEST_F(LinkShaperTest, AcknowledgementsTakeTheirShareOfTheOtherDirection) {
  make_star_of(2, k10Mbit, 0ms);
  shaper_ = std::make_unique<LinkShaper>(context_.get_executor(), clock_, topology_, true);
  const Bytes size{250'000};
  const Progress& there = transmit(0, 1, size);
  const Progress& back = transmit(1, 0, size);
  run();
  const Duration alone = least(size, k10Mbit);
  EXPECT_GE(there.last_arrival.time_since_epoch(), alone + alone * 15 / 1000);
  EXPECT_GE(back.last_arrival.time_since_epoch(), alone + alone * 15 / 1000);
}

}  // namespace
}  // namespace gradwire
