#include "netmodel/switching/packet_network.hpp"

#include <gmock/gmock.h>

#include <cstring>

#include "netmodel/topologies/shape.hpp"

namespace gradwire {
namespace {

using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr TimePoint at(Duration since_start) { return TimePoint(since_start); }

PacketLink link_of(const Link& link, Bytes queue = {1'000'000}) {
  return PacketLink(link, queue, RandomStreams(1).stream("packets"));
}

// 1250 bytes at 10 Mbit/s take 1 ms.
TEST(PacketLink, CarriesOnePacketAfterAnother) {
  PacketLink link = link_of({.rate = {10'000'000}, .latency = 5ms});
  EXPECT_EQ(link.carry(at(0ms), {1250}), at(6ms));
  EXPECT_EQ(link.carry(at(0ms), {1250}), at(7ms));  // waits for the first
  EXPECT_EQ(link.carry(at(10ms), {125}), at(15'100us));
  EXPECT_EQ(link.counts().packets, 3);
  EXPECT_EQ(link.counts().bytes, Bytes{2625});
  EXPECT_EQ(link.counts().queue_peak, Bytes{2500});
}

// 1 byte at 3 bit/s: 2.66... s, never faster than the rate.
TEST(PacketLink, RoundsUp) {
  PacketLink link = link_of({.rate = {3}});
  EXPECT_EQ(link.carry(at(0ns), {1}), at(2'666'666'667ns));
}

TEST(PacketLink, DropsWhatFindsTheQueueFull) {
  PacketLink link = link_of({.rate = {10'000'000}}, {3000});
  EXPECT_TRUE(link.carry(at(0ms), {1250}));
  EXPECT_TRUE(link.carry(at(0ms), {1250}));
  EXPECT_FALSE(link.carry(at(0ms), {1250}));
  EXPECT_TRUE(link.carry(at(1ms), {1250}));  // one has left by now
  EXPECT_EQ(link.counts().dropped, 1);
  EXPECT_EQ(link.counts().packets, 3);
}

// A mean of 1000 with a deviation of sqrt(10 000 x 0.1 x 0.9) = 30: within five of them.
TEST(PacketLink, LosesItsShareAtRandom) {
  PacketLink link = link_of({.rate = {1'000'000'000}, .loss = 0.1});
  for (int i = 0; i < 10'000; ++i) link.carry(at(i * 1ms), {100});
  EXPECT_NEAR(static_cast<double>(link.counts().lost), 1000, 150);
  EXPECT_EQ(link.counts().packets + link.counts().lost, 10'000);
}

TEST(PacketLink, JitterDelaysAndDoesNotReorder) {
  PacketLink link = link_of({.rate = {1'000'000'000}, .latency = 1ms, .jitter = 10ms});
  TimePoint last{};
  Duration longest{};
  for (int i = 0; i < 1000; ++i) {
    const TimePoint now = at(i * 100us);
    const auto arrival = link.carry(now, {125});
    ASSERT_TRUE(arrival);
    EXPECT_GE(*arrival, last);
    EXPECT_GE(*arrival - now, 1ms);
    EXPECT_LE(*arrival - now, 11ms + 1us);  // a packet takes 1 us
    longest = std::max(longest, *arrival - now);
    last = *arrival;
  }
  EXPECT_GT(longest, 9ms);
}

std::vector<std::byte> frame_to(const MacAddress& address, std::size_t size) {
  std::vector<std::byte> frame(size, std::byte{7});
  std::memcpy(frame.data(), address.data(), address.size());
  return frame;
}

constexpr MacAddress kEverybody = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct Arrival {
  Rank to;
  std::size_t size;
  TimePoint when;
  bool operator==(const Arrival&) const = default;
};

// Hosts at a switch: 10 Mbit/s and 1 ms on each cable.
class StarOfPackets : public ::testing::Test {
 protected:
  static PacketNetwork make(int hosts, Duration queue_time = 1s) {
    return {make_star(std::vector(static_cast<std::size_t>(hosts), StarCable{{10'000'000}, 1ms})),
            queue_time, RandomStreams(1)};
  }

  // Runs to the end, and says what arrived when.
  static std::vector<Arrival> arrivals(PacketNetwork& network) {
    std::vector<Arrival> seen;
    TimePoint now{};
    const PacketNetwork::Deliver deliver = [&](Rank to, std::span<const std::byte> frame) {
      seen.push_back({to, frame.size(), now});
    };
    for (auto next = network.next_event(); next; next = network.next_event()) {
      now = *next;
      network.run(now, deliver);
    }
    return seen;
  }
};

// Two links, each 1 ms for 1250 bytes and 1 ms of latency: stored and forwarded.
TEST_F(StarOfPackets, AFrameGoesToTheHostWhoseAddressItBears) {
  PacketNetwork network = make(3);
  network.send(at(0ms), 0, frame_to(mac_of(2), 1250));
  EXPECT_THAT(arrivals(network), testing::ElementsAre(Arrival{2, 1250, at(4ms)}));
}

TEST_F(StarOfPackets, TwoSendersShareTheReceiversLink) {
  PacketNetwork network = make(3);
  network.send(at(0ms), 0, frame_to(mac_of(2), 1250));
  network.send(at(0ms), 1, frame_to(mac_of(2), 1250));
  EXPECT_THAT(arrivals(network),
              testing::ElementsAre(Arrival{2, 1250, at(4ms)}, Arrival{2, 1250, at(5ms)}));
}

TEST_F(StarOfPackets, ABroadcastGoesToAllOthers) {
  PacketNetwork network = make(3);
  network.send(at(0ms), 1, frame_to(kEverybody, 125));
  // The copies leave one after the other, 0.1 ms each.
  EXPECT_THAT(arrivals(network),
              testing::ElementsAre(Arrival{0, 125, at(2'200us)}, Arrival{2, 125, at(2'300us)}));
}

TEST_F(StarOfPackets, FramesForNobodyAreNotCarried) {
  PacketNetwork network = make(2);
  network.send(at(0ms), 0, frame_to({2, 0, 0, 0, 0, 1}, 100));  // a stranger's address
  network.send(at(0ms), 0, frame_to(mac_of(2), 100));           // no such host
  network.send(at(0ms), 0, frame_to(mac_of(0), 100));           // its own
  network.send(at(0ms), 0, std::vector<std::byte>(5));          // too short for an address
  EXPECT_FALSE(network.next_event());
}

// The switch's port to host 2 gets twice what it can carry; its queue of 20 ms holds 25 000 bytes,
// 20 frames. Of 50 + 50 frames at 1 ms each, the port serves one a millisecond from 2 ms on.
TEST_F(StarOfPackets, APortInTheNetworkDropsWhatItCannotQueue) {
  PacketNetwork network = make(3, 20ms);
  for (int i = 0; i < 50; ++i) {
    network.send(at(i * 1ms), 0, frame_to(mac_of(2), 1250));
    network.send(at(i * 1ms), 1, frame_to(mac_of(2), 1250));
  }
  const auto seen = arrivals(network);
  // In 50 ms of arrivals it serves 50 and has queued 20 at the end.
  EXPECT_NEAR(static_cast<double>(seen.size()), 70, 1);
  std::int64_t dropped = 0;
  for (LinkIndex link = 0; link < network.topology().links().size(); ++link) {
    dropped += network.counts(link).dropped;
  }
  EXPECT_EQ(dropped + std::ssize(seen), 100);
}

}  // namespace
}  // namespace gradwire
