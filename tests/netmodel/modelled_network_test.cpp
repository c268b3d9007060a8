// The times of messages in the modelled network, in closed form.
#include "netmodel/transports/modelled_network.hpp"

#include <gmock/gmock.h>

#include <random>

#include "tests/netmodel/modelled_fixture.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;

constexpr BitsPerSecond k10Mbit{10'000'000};

// What most tests send: 1 000 bytes and the frame header are 1 024, one segment, 1 090 bytes on the
// wire, 872 us at 10 Mbit/s. Two cables of 50 us each make 100 us of latency.
constexpr std::int64_t kSize = 1000;
constexpr Duration kWire = 872us;
constexpr Duration kLatency = 100us;

std::vector<StarCable> star(int hosts) { return equal_cables(hosts, k10Mbit, kLatency / 2); }

TEST(ModelledNetwork, AMessageTakesItsWireTimeAndTheLatency) {
  ModelledFixture fixture(star(2));
  const MessageTimes& times = fixture.message(1s, 0, 1, kSize);
  fixture.run();
  EXPECT_EQ(times.left, TimePoint(1s + kWire));
  EXPECT_EQ(times.arrived, TimePoint(1s + kWire + kLatency));
  EXPECT_EQ(fixture.network().delivered(), 1);
}

// The frame header alone: 24 + 66 bytes, 72 us. 1 424 bytes and the header fill a segment: 1 514
// bytes, 1 211.2 us. One byte more begins another: 1 425 + 24 + 2 * 66 = 1 581 bytes, 1 264.8 us.
TEST(ModelledNetwork, EverySegmentPaysForItsHeaders) {
  const std::pair<std::int64_t, Duration> cases[] = {
      {0, 72us}, {1424, 1'211'200ns}, {1425, 1'264'800ns}};
  for (const auto& [size, wire] : cases) {
    ModelledFixture fixture(star(2));
    const MessageTimes& times = fixture.message(0s, 0, 1, size);
    fixture.run();
    EXPECT_EQ(times.left, TimePoint(wire)) << size;
    EXPECT_EQ(times.arrived, TimePoint(wire + kLatency)) << size;
  }
}

TEST(ModelledNetwork, CountsWhatItsLinksCarry) {
  ModelledFixture fixture(star(2));
  fixture.message(0s, 0, 1, kSize);
  fixture.message(1s, 0, 1, kSize);
  fixture.run();
  std::vector<std::string> names;
  for (const LinkTraffic& link : fixture.network().usage()) {
    const bool used = link.name == "host0-switch" || link.name == "switch-host1";
    EXPECT_EQ(link.bytes, Bytes{used ? 2 * 1090 : 0}) << link.name;
    EXPECT_EQ(link.busy, used ? 2 * kWire : 0us) << link.name;
    EXPECT_EQ(link.rate, k10Mbit);
    names.push_back(link.name);
  }
  EXPECT_THAT(names, ElementsAre("host0-switch", "host1-switch", "switch-host0", "switch-host1"));
}

TEST(ModelledNetwork, TwoMessagesOnOneConnectionTravelOneAfterTheOther) {
  ModelledFixture fixture(star(2));
  const MessageTimes& first = fixture.message(0s, 0, 1, kSize);
  const MessageTimes& second = fixture.message(0s, 0, 1, kSize);
  fixture.run();
  EXPECT_EQ(first, (MessageTimes{TimePoint(kWire), TimePoint(kWire + kLatency)}));
  EXPECT_EQ(second, (MessageTimes{TimePoint(2 * kWire), TimePoint(2 * kWire + kLatency)}));
}

// One uplink, two receivers: both have half of it.
TEST(ModelledNetwork, TwoConnectionsShareTheUplinkOfTheirHost) {
  ModelledFixture fixture(star(3));
  const MessageTimes& to_1 = fixture.message(0s, 0, 1, kSize);
  const MessageTimes& to_2 = fixture.message(0s, 0, 2, kSize);
  fixture.run();
  EXPECT_EQ(to_1.left, TimePoint(2 * kWire));
  EXPECT_EQ(to_2.left, TimePoint(2 * kWire));
}

TEST(ModelledNetwork, BothDirectionsOfACableAreIndependent) {
  ModelledFixture fixture(star(2));
  const MessageTimes& there = fixture.message(0s, 0, 1, kSize);
  const MessageTimes& back = fixture.message(0s, 1, 0, kSize);
  fixture.run();
  EXPECT_EQ(there.left, TimePoint(kWire));
  EXPECT_EQ(back.left, TimePoint(kWire));
}

// Eight senders on one downlink: each has an eighth of it.
TEST(ModelledNetwork, IncastSharesTheDownlinkOfTheReceiver) {
  ModelledFixture fixture(star(9));
  std::vector<const MessageTimes*> messages;
  for (Rank from = 1; from <= 8; ++from) messages.push_back(&fixture.message(0s, from, 0, kSize));
  fixture.run();
  const MessageTimes expected{TimePoint(8 * kWire), TimePoint(8 * kWire + kLatency)};
  EXPECT_THAT(messages, Each(testing::Pointee(expected)));
}

// 200 us of jitter on each cable: later by 0 to 400 us, one after the other all the same.
std::vector<TimePoint> arrivals_with_jitter(std::uint64_t seed) {
  ModelledFixture fixture(equal_cables(2, BitsPerSecond{1'000'000'000}, 50us, 200us), seed);
  std::vector<const MessageTimes*> messages;
  for (int i = 0; i < 200; ++i) messages.push_back(&fixture.message(i * 20us, 0, 1, kSize));
  fixture.run();
  std::vector<TimePoint> arrivals;
  for (const MessageTimes* times : messages) {
    EXPECT_GE(times->arrived, times->left + kLatency);
    EXPECT_LE(times->arrived, times->left + kLatency + 400us);
    arrivals.push_back(times->arrived);
  }
  return arrivals;
}

// 0.5 us are stored of a message of 64 bytes at 1 Gbit/s, and 100 us of a normal jitter of 100 us
// take more than all of the latency away, one time in a hundred.
TEST(ModelledNetwork, NoJitterMakesALatencyNegative) {
  TransportModel model;
  model.store_and_forward = true;
  StarCable cable{{1'000'000'000}, 50us};
  cable.jitter = 100us;
  cable.jitter_shape = JitterShape::normal;
  ModelledFixture fixture({cable, cable}, 1, model);
  std::vector<const MessageTimes*> messages;
  for (int i = 0; i < 2'000; ++i) messages.push_back(&fixture.message(i * 1ms, 0, 1, 10));
  fixture.run();
  for (const MessageTimes* times : messages) EXPECT_GE(times->arrived, times->left);
}

TEST(ModelledNetwork, JitterDelaysButDoesNotReorderAndFollowsTheSeed) {
  const auto arrivals = arrivals_with_jitter(1);
  EXPECT_TRUE(std::ranges::is_sorted(arrivals));
  EXPECT_EQ(arrivals, arrivals_with_jitter(1));
  EXPECT_NE(arrivals, arrivals_with_jitter(2));
}

std::vector<MessageTimes> random_traffic(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<StarCable> cables;
  for (int host = 0; host < 7; ++host) {
    cables.push_back({BitsPerSecond{static_cast<std::int64_t>(1 + random() % 5) * 10'000'000},
                      Duration(random() % 1'000'000), Duration(random() % 100'000),
                      host % 2 == 0 ? 0.0 : 0.001});
  }
  ModelledFixture fixture(cables, seed);
  std::vector<const MessageTimes*> messages;
  for (int i = 0; i < 300; ++i) {
    const Rank from = static_cast<Rank>(random() % 7);
    const Rank to = static_cast<Rank>((static_cast<std::uint64_t>(from) + 1 + random() % 6) % 7);
    messages.push_back(&fixture.message(Duration(random() % 50'000'000), from, to,
                                        static_cast<std::int64_t>(random() % 100'000)));
  }
  fixture.run();
  std::vector<MessageTimes> times;
  for (const MessageTimes* message : messages) times.push_back(*message);
  return times;
}

TEST(ModelledNetwork, TheSameTrafficTakesTheSameTimesToTheNanosecond) {
  for (const std::uint64_t seed : seeds(10)) {
    const auto first = random_traffic(seed);
    const auto second = random_traffic(seed);
    const auto differs = std::ranges::mismatch(first, second).in1;
    EXPECT_TRUE(differs == first.end())
        << "seed " << seed << ": message " << differs - first.begin() << " is the first to differ";
  }
}

}  // namespace
}  // namespace gradwire
