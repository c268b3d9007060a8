// What connections do to each other beside sharing links: acknowledgements that take room in the
// other direction, queues that others wait in, packets that are dropped there.
#include <gmock/gmock.h>

#include "netmodel/tcp/acknowledgements.hpp"
#include "netmodel/tcp/link_queues.hpp"
#include "netmodel/topologies/shape.hpp"
#include "tests/netmodel/modelled_fixture.hpp"
#include "tests/netmodel/tcp/segments.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

double seconds(TimePoint when) { return to_seconds(when.time_since_epoch()); }

// --- acknowledgements: a = 66 / 3028 of what is received goes back

ModelledFixture near(const TransportModel& model) {
  return ModelledFixture(equal_cables(2, kRate, 1ms), 1, model);
}

TEST(Acknowledgements, TakeTheirShareWhereBothDirectionsAreFull) {
  ModelledFixture fixture = near(tcp());
  const MessageTimes& there = fixture.message(0s, 0, 1, segments(1000));
  const MessageTimes& back = fixture.message(0s, 1, 0, segments(1000));
  fixture.run();
  EXPECT_NEAR(seconds(there.left), 1.0 + 66.0 / 3028.0, 1e-6);
  EXPECT_EQ(there.left, back.left);
  // 6.4 % of the line rate is not payload, instead of 4.4 %.
  EXPECT_NEAR(1000 * 1448 * 8 / seconds(there.left) / 12.112e6, 0.936, 0.0005);
}

TEST(Acknowledgements, CostNothingWhereOneDirectionIsIdleOrTheyAreOff) {
  ModelledFixture fixture = near(tcp());
  const MessageTimes& there = fixture.message(0s, 0, 1, segments(1000));
  fixture.run();
  EXPECT_EQ(there.left, TimePoint(1s));
  TransportModel off = tcp();
  off.tcp.acknowledgements = false;
  ModelledFixture without = near(off);
  const MessageTimes& one = without.message(0s, 0, 1, segments(1000));
  const MessageTimes& other = without.message(0s, 1, 0, segments(1000));
  without.run();
  EXPECT_EQ(one.left, TimePoint(1s));
  EXPECT_EQ(other.left, TimePoint(1s));
}

// The shorter message is over after 100 (1 + a) ms, and its acknowledgements one round trip of 5 ms
// later: meanwhile the longer one has 1 / (1 + a) of its link.
TEST(Acknowledgements, CeaseARoundTripAfterTheMessage) {
  constexpr double kShare = 66.0 / 3028.0;
  ModelledFixture fixture = near(tcp());
  const MessageTimes& there = fixture.message(0s, 0, 1, segments(1000));
  const MessageTimes& back = fixture.message(0s, 1, 0, segments(100));
  fixture.run();
  EXPECT_NEAR(seconds(back.left), 0.1 * (1 + kShare), 1e-6);
  EXPECT_NEAR(seconds(there.left), 1.0 + 0.1 * kShare + 0.005 * kShare / (1 + kShare), 1e-6);
}

TEST(Acknowledgements, AreThoseOfBackgroundTrafficToo) {
  ModelledFixture fixture = near(tcp());
  const std::uint64_t name =
      fixture.network().start_background(1, 0, kEndless, kNoCap, {[](void*, std::uint64_t) {}});
  const MessageTimes& there = fixture.message(0s, 0, 1, segments(1000));
  struct Stop {
    ModelledNetwork& network;
    std::uint64_t name;
  } stop{fixture.network(), name};
  fixture.clock().at(TimePoint(5s), {[](void* target, std::uint64_t) {
                                       const auto& [network, name] = *static_cast<Stop*>(target);
                                       network.stop_background(name);
                                     },
                                     &stop});
  fixture.run();
  EXPECT_NEAR(seconds(there.left), 1.0 + 66.0 / 3028.0, 1e-6);
}

// 100 Mbit/s one way are acknowledged by 2.13 Mbit/s the other way, of which 10 Mbit/s has little.
TEST(Acknowledgements, OfAFastDirectionFillASlowOne) {
  const std::vector<Link> links = {{{100'000'000}}, {{10'000'000}}};
  AckLoads loads(2);
  std::vector<LinkIndex> changed;
  loads.begin({0}, {1}, {100'000'000}, changed);
  EXPECT_THAT(changed, testing::ElementsAre(1U));
  EXPECT_NEAR(static_cast<double>(loads.left_of(1, 10'000'000, links)),
              10e6 - 100e6 * 66.0 / (3028.0 + 66.0), 1.0);
  EXPECT_EQ(loads.left_of(0, 100'000'000, links), 100'000'000);
  // Two connections have no more than the link.
  loads.begin({0}, {1}, {100'000'000}, changed);
  EXPECT_NEAR(static_cast<double>(loads.left_of(1, 10'000'000, links)),
              10e6 - 100e6 * 66.0 / (3028.0 + 66.0), 1.0);
  loads.end({1}, {100'000'000}, changed);
  loads.end({1}, {100'000'000}, changed);
  EXPECT_EQ(loads.left_of(1, 10'000'000, links), 10'000'000);
  // Much slower than that: a tenth is left.
  loads.begin({0}, {1}, {100'000'000}, changed);
  EXPECT_EQ(loads.left_of(1, 1'000'000, links), 100'000);
}

// The data comes by a link that has become slow: so do the acknowledgements.
TEST(Acknowledgements, FollowTheRateOfTheOtherDirection) {
  ModelledFixture fixture = near(tcp());
  fixture.message(0s, 0, 1, segments(1000));
  const MessageTimes& back = fixture.message(0s, 1, 0, segments(1000));
  fixture.clock().at(TimePoint(0s), {[](void* network, std::uint64_t) {
                                       static_cast<ModelledNetwork*>(network)->change_link(
                                           0, {.rate = BitsPerSecond{kRate.count / 1000}});
                                     },
                                     &fixture.network()});
  fixture.run();
  // The uplink of host 0 carries a thousandth: what is acknowledged over its downlink is that.
  EXPECT_NEAR(seconds(back.left), 1.0 + 66.0 / 3028.0 / 1000.0, 0.0005);
}

// --- queues

// Two hosts on each side of a link of 12.112 Mbit/s, 100 ms there and back; hosts have ten times
// the rate. A way holds 100 segments.
std::unique_ptr<ModelledFixture> dumbbell(std::optional<Bytes> queue,
                                          const TransportModel& model = tcp()) {
  NetworkSpec spec;
  spec.shape = DumbbellShape{kRate, 49'500us};
  spec.cables.assign(4, Cable{{10 * kRate.count}});
  spec.between_switches.queue = queue;
  return std::make_unique<ModelledFixture>(make_topology(spec), model);
}

// The long flow's window goes from 140 to 200 segments and back, 185 in the mean of CUBIC's curve:
// 85 stand in the queue, and one segment of another connection waits 85 ms. Without a queue, it has
// half of the link, so that it takes 2 ms where its own links let it through in 1.
TEST(Queues, OthersWaitInThem) {
  const auto late = [](std::optional<Bytes> queue) {
    const auto fixture = dumbbell(queue);
    fixture->message(0s, 0, 2, segments(20'000));
    const MessageTimes& times = fixture->message(12s, 1, 3, segments(1));
    fixture->run();
    return seconds(times.arrived);
  };
  EXPECT_NEAR(late(Bytes{100 * 1514}) - late(std::nullopt), 0.084, 0.001);
}

// Nobody else, nothing to wait for: its last bit, once it has left, has the latency of its way.
TEST(Queues, TheirOwnConnectionWaitsByItsShareOnly) {
  const auto late = [](std::optional<Bytes> queue) {
    const auto fixture = dumbbell(queue);
    const MessageTimes& times = fixture->message(0s, 0, 2, segments(20'000));
    fixture->run();
    return times.arrived - times.left;
  };
  EXPECT_EQ(late(Bytes{200 * 1514}), late(std::nullopt));
}

// A bucket lets 5 of 8 segments through at once; the queue is empty.
TEST(Queues, LeaveABurstItsStart) {
  const auto arrived = [](std::optional<Bytes> queue) {
    StarCable cable{kRate, 1ms};
    cable.burst = {5 * 1514};
    cable.queue = queue;
    ModelledFixture fixture({cable, cable}, 1, tcp());
    const MessageTimes& times = fixture.message(0s, 0, 1, segments(8));
    fixture.run();
    return times.arrived;
  };
  EXPECT_EQ(arrived(Bytes{100 * 1514}), arrived(std::nullopt));
}

// Slow start overflows them, without HyStart to end it before.
TEST(Queues, ArePeaksAndDropsOfTheirLink) {
  TransportModel model = tcp();
  model.tcp.hystart = false;
  const auto fixture = dumbbell(Bytes{50 * 1514}, model);
  fixture->message(0s, 0, 2, segments(5'000));
  fixture->message(0s, 1, 3, segments(5'000));
  fixture->run();
  for (const LinkTraffic& link : fixture->network().usage()) {
    if (link.name == "left-right") {
      EXPECT_GT(*link.queue_peak, Bytes{25 * 1514});
      EXPECT_LE(*link.queue_peak, Bytes{50 * 1514});
      EXPECT_GT(*link.micro_drops, 0);
    } else {
      EXPECT_EQ(*link.queue_peak, Bytes{}) << link.name;
      EXPECT_EQ(*link.micro_drops, 0) << link.name;
    }
  }
}

// 1 % of 10 000 segments, on the one of two links that loses.
TEST(Queues, CountWhatIsLostByChance) {
  for (const LossModel loss : {LossModel::drawn, LossModel::mathis}) {
    TransportModel model = tcp();
    model.tcp.loss = loss;
    std::vector<StarCable> cables = equal_cables(2, kRate, 1ms);
    cables[0].loss = 0.01;
    ModelledFixture fixture(cables, 1, model);
    fixture.message(0s, 0, 1, segments(10'000));
    fixture.run();
    const auto usage = fixture.network().usage();
    EXPECT_NEAR(static_cast<double>(*usage[0].micro_drops) / 1e6, 100, 30);
    EXPECT_EQ(*usage[3].micro_drops, 0);
  }
}

// Who asks in the instant of a change is told what was before.
TEST(Queues, DoNotDependOnTheOrderOfAnInstant) {
  const std::vector<Link> links = {{{1'000'000}, {}, {}, 0.0, Bytes{1000}}};
  LinkQueues queues(links);
  EXPECT_TRUE(queues.any());
  const Route route = {0};
  queues.join(0, 8'000, TimePoint(1s));
  EXPECT_EQ(queues.delay(route, {}, links, TimePoint(1s)), 0ms);
  EXPECT_EQ(queues.delay(route, {}, links, TimePoint(2s)), 8ms);
  EXPECT_EQ(queues.delay(route, LinkIndex{0}, links, TimePoint(2s)), 0ms);
  queues.join(0, 4'000, TimePoint(3s));
  queues.leave(0, 8'000, TimePoint(3s));
  EXPECT_EQ(queues.delay(route, {}, links, TimePoint(3s)), 8ms);
  EXPECT_EQ(queues.delay(route, {}, links, TimePoint(4s)), 4ms);
  EXPECT_EQ(queues.peak(0), Bytes{1000});
}

// --- weights

// Hosts 0 and 1 send to host 2, whose link takes a segment a millisecond: 3 ms for 3 segments of
// the one with weight 2 have room for 1.5 of the other.
TEST(Weights, AreSharesOfALink) {
  TransportModel model;
  model.weights = {2, 1, 1};
  ModelledFixture fixture(equal_cables(3, kRate, 1ms), 1, model);
  const MessageTimes& heavy = fixture.message(0s, 0, 2, segments(100));
  const MessageTimes& light = fixture.message(0s, 1, 2, segments(100));
  fixture.run();
  EXPECT_NEAR(seconds(heavy.left), 0.150, 1e-6);
  EXPECT_NEAR(seconds(light.left), 0.200, 1e-6);
}

// Three streams against one flow of other traffic: three quarters of the link.
TEST(Weights, OfStreamsAreTheirNumber) {
  TransportModel model = tcp();
  model.tcp.streams = 3;
  model.tcp.acknowledgements = false;
  ModelledFixture fixture(equal_cables(3, kRate, 1ms), 1, model);
  fixture.network().start_background(2, 1, segments(400) * 8, kNoCap,
                                     {[](void*, std::uint64_t) {}});
  const MessageTimes& times = fixture.message(0s, 0, 1, segments(300));
  fixture.run();
  EXPECT_NEAR(seconds(times.left), 0.400, 0.001);
}

}  // namespace
}  // namespace gradwire
