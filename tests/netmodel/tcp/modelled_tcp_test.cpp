// What TCP makes of messages in the modelled network: closed forms, and the direction in which each
// property of the network moves a result.
#include <gmock/gmock.h>

#include "netmodel/tcp/wire.hpp"
#include "netmodel/topologies/shape.hpp"
#include "tests/netmodel/modelled_fixture.hpp"
#include "tests/netmodel/tcp/segments.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

StarCable cable() { return {kRate, 24'750us}; }  // 99 ms there and back, and 1 ms for a segment

MessageTimes send(const StarCable& cable, const TransportModel& model, std::int64_t size,
                  std::uint64_t seed = 1) {
  ModelledFixture fixture({cable, cable}, seed, model);
  const MessageTimes& times = fixture.message(0s, 0, 1, size);
  fixture.run();
  return times;
}

// As in sender_test: 31 segments leave in three rounds of 100 ms, the last one 1 ms into the third.
TEST(ModelledTcp, SlowStartHoldsBackALongMessage) {
  const MessageTimes times = send(cable(), tcp(), segments(31));
  EXPECT_EQ(times.left, TimePoint(201ms));
  EXPECT_EQ(times.arrived, TimePoint(201ms + 49'500us));
  EXPECT_EQ(send(cable(), {}, segments(31)).left, TimePoint(31ms));
}

// While one connection waits for its window, the other has the link alone: 0 to 1 has 11 segments,
// 0 to 2 has 10. Both send 10 in the first 20 ms, the eleventh leaves at 101 ms.
TEST(ModelledTcp, WhoWaitsLeavesTheLinkToOthers) {
  ModelledFixture fixture({cable(), cable(), cable()}, 1, tcp());
  const MessageTimes& first = fixture.message(0s, 0, 1, segments(11));
  const MessageTimes& second = fixture.message(0s, 0, 2, segments(10));
  fixture.run();
  EXPECT_EQ(first.left, TimePoint(101ms));
  EXPECT_EQ(second.left, TimePoint(20ms));
}

// A path that the initial window fills is not slowed down at all: 10 segments of 1 ms in 5 ms.
TEST(ModelledTcp, AShortPathIsAsWithoutTcp) {
  StarCable near = cable();
  near.latency = 1ms;
  EXPECT_EQ(send(near, tcp(), segments(1000)), send(near, {}, segments(1000)));
}

TEST(ModelledTcp, TheHandshakeTakesARoundTripOnce) {
  TransportModel model = tcp();
  model.tcp.handshake = true;
  ModelledFixture fixture({cable(), cable()}, 1, model);
  const MessageTimes& first = fixture.message(0s, 0, 1, segments(1));
  const MessageTimes& second = fixture.message(1s, 0, 1, segments(1));
  fixture.run();
  EXPECT_EQ(first.left, TimePoint(101ms));
  EXPECT_EQ(second.left, TimePoint(1001ms));
}

// Cost of software: 5 us before the first bit and 5 us after the last; 800 ns a byte for no more
// than 10 Mbit/s.
TEST(ModelledTcp, SoftwareTakesItsTime) {
  TransportModel model = tcp();
  model.cost_per_message = 5us;
  StarCable near{kRate, 0ms};
  EXPECT_EQ(send(near, model, segments(1)).left, TimePoint(1ms + 5us));
  EXPECT_EQ(send(near, model, segments(1)).arrived, TimePoint(1ms + 10us));
  model.cost_per_megabyte = 800ms;
  EXPECT_EQ(send(near, model, segments(1)).left, TimePoint(1'211'200ns + 5us));
}

// 4 096 bytes of payload with the frame header, 4 122 on the wire at 32.976 Mbit/s: 1 ms.
TEST(ModelledTcp, RdmaHasSmallHeadersAndNoWindow) {
  TransportModel model;
  model.carrier = Carrier::rdma;
  StarCable far{{32'976'000}, 50ms};
  EXPECT_EQ(send(far, model, 4096 - 24).left, TimePoint(1ms));
  EXPECT_EQ(send(far, model, 1000 * 4096 - 24).left, TimePoint(1s));
}

// Two cables of 1 ms a segment: a switch that stores a packet first adds 1 ms.
TEST(ModelledTcp, StoreAndForwardAddsAPacketAHop) {
  TransportModel model;
  model.store_and_forward = true;
  EXPECT_EQ(send(cable(), model, segments(5)).arrived, TimePoint(5ms + 49'500us + 1ms));
  // Half of a packet, 757 bytes with its headers, is stored for half of the time.
  EXPECT_EQ(send(cable(), model, 757 - 66 - 24).arrived, TimePoint(500us + 49'500us + 500us));
}

// A bucket of 5 segments on both cables: 3 segments pass at once, and of 8 the last 3 take 3 ms.
// After 5 ms of silence it is full again.
TEST(ModelledTcp, ABurstRunsAhead) {
  StarCable shaped{kRate, 0ms};
  shaped.burst = {5 * 1514};
  EXPECT_EQ(send(shaped, {}, segments(3)).left, TimePoint(0ms));
  EXPECT_EQ(send(shaped, {}, segments(8)).left, TimePoint(3ms));
  ModelledFixture fixture({shaped, shaped});
  fixture.message(0s, 0, 1, segments(8));
  const MessageTimes& soon = fixture.message(5ms, 0, 1, segments(8));  // after 2 ms: 2 segments
  const MessageTimes& late = fixture.message(1s, 0, 1, segments(8));
  fixture.run();
  EXPECT_EQ(soon.left, TimePoint(5ms + 6ms));
  EXPECT_EQ(late.left, TimePoint(1s + 3ms));
}

// 4 senders to one receiver, 1 % of packets lost: the same seed, the same times.
std::vector<MessageTimes> lossy_incast(std::uint64_t seed) {
  StarCable lossy = cable();
  lossy.loss = 0.01;
  ModelledFixture fixture(std::vector<StarCable>(5, lossy), seed, tcp());
  std::vector<const MessageTimes*> messages;
  for (Rank from = 1; from < 5; ++from) {
    messages.push_back(&fixture.message(0s, from, 0, segments(300)));
  }
  fixture.run();
  std::vector<MessageTimes> times;
  for (const MessageTimes* message : messages) times.push_back(*message);
  return times;
}

TEST(ModelledTcp, LossesFollowTheSeed) {
  EXPECT_EQ(lossy_incast(1), lossy_incast(1));
  EXPECT_NE(lossy_incast(1), lossy_incast(2));
}

TEST(ModelledTcp, AHostThatVanishesInAnyPhaseLeavesNothingBehind) {
  for (const Duration when : std::vector<Duration>{1ms, 50ms, 101ms, 5s}) {
    TransportModel model = tcp();
    model.cost_per_message = 2ms;
    StarCable shaped = cable();
    shaped.burst = {1514};
    ModelledFixture fixture({shaped, shaped, shaped}, 1, model);
    struct Quiet final : TransferListener {
      void drained(Rank, Rank, std::uint64_t) override {}
      void delivered(Rank, Rank, std::uint64_t, Message) override { ++delivered_count; }
      void dropped(Rank, Rank, std::uint64_t) override { ++dropped_count; }
      int delivered_count = 0;
      int dropped_count = 0;
    } listener;
    auto& network = fixture.network();
    network.transfer(0, 1, 0, Message::timing_only({segments(40)}), listener);
    network.transfer(0, 2, 0, Message::timing_only({segments(40)}), listener);
    fixture.clock().at(TimePoint(when), {[](void* network, std::uint64_t) {
                                           static_cast<ModelledNetwork*>(network)->disconnect(1);
                                         },
                                         &network});
    fixture.run_events();
    const bool over = when == 5s;
    EXPECT_EQ(listener.delivered_count, over ? 2 : 1) << to_string(when);
    EXPECT_EQ(listener.dropped_count, over ? 0 : 1) << to_string(when);
  }
}

// --- the direction in which each property moves the time of a message of 1 MB

constexpr std::int64_t kMessage = 1'000'000;

double seconds(const StarCable& cable, const TransportModel& model = tcp()) {
  double sum = 0.0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sum += to_seconds(send(cable, model, kMessage, seed).arrived.time_since_epoch());
  }
  return sum / 20;
}

TEST(Sensitivity, MoreBandwidthIsFaster) {
  StarCable other = cable();
  other.rate = {2 * kRate.count};
  EXPECT_LT(seconds(other), seconds(cable()));
}

TEST(Sensitivity, MoreLatencyIsSlowerByMoreThanItself) {
  StarCable other = cable();
  other.latency += 10ms;
  EXPECT_GT(seconds(other), seconds(cable()) + 0.02);
}

TEST(Sensitivity, LossIsSlowerWhateverSaysSo) {
  for (const LossModel loss :
       {LossModel::drawn, LossModel::mathis, LossModel::pftk, LossModel::cubic}) {
    TransportModel model = tcp();
    model.tcp.loss = loss;
    StarCable little = cable();
    little.loss = 0.001;
    StarCable much = cable();
    much.loss = 0.02;
    EXPECT_GE(seconds(little, model), seconds(cable(), model));
    EXPECT_GT(seconds(much, model), 1.5 * seconds(little, model));
  }
}

// BBR resends what is lost, and is otherwise not moved: 2 % of the wire time, 0.69 s.
TEST(Sensitivity, BbrMindsOnlyWhatItResends) {
  TransportModel model = tcp();
  model.tcp.congestion = CongestionControl::bbr;
  StarCable lossy = cable();
  lossy.loss = 0.01;
  EXPECT_NEAR(seconds(lossy, model), seconds(cable(), model) + 0.02 * 0.69, 0.003);
}

TEST(Sensitivity, JitterIsSlower) {
  StarCable other = cable();
  other.jitter = 10ms;
  EXPECT_GT(seconds(other), seconds(cable()) + 0.005);
}

TEST(Sensitivity, ALargerBurstIsFaster) {
  StarCable other = cable();
  other.burst = {100'000};
  EXPECT_LT(seconds(other), seconds(cable()));
}

TEST(Sensitivity, ASmallerWindowIsSlower) {
  TransportModel small = tcp();
  small.tcp.send_buffer = {64 * 1024};
  EXPECT_GT(seconds(cable(), small), 1.5 * seconds(cable()));
  small.tcp.streams = 4;
  EXPECT_LT(seconds(cable(), small), 1.1 * seconds(cable()));
}

// Behind a switch, over a link that is ten times slower than the host's.
TEST(Sensitivity, AShorterQueueIsSlower) {
  const auto with_queue = [](std::int64_t segments) {
    NetworkSpec spec;
    spec.shape = DumbbellShape{kRate, 49'500us};
    spec.cables.assign(2, Cable{{10 * kRate.count}});
    spec.between_switches.queue = Bytes{segments * 1514};
    ModelledFixture fixture(make_topology(spec), tcp());
    const MessageTimes& times = fixture.message(0s, 0, 1, 4 * kMessage);
    fixture.run();
    return times.arrived;
  };
  EXPECT_GT(with_queue(5), with_queue(30));
  EXPECT_GT(with_queue(30), with_queue(200));
}

TEST(Sensitivity, MoreBackgroundLoadIsSlower) {
  const auto taken = [](std::int64_t rate) {
    StarCable near = cable();
    near.latency = 1ms;
    ModelledFixture fixture({near, near, near}, 1, tcp());
    if (rate > 0) {
      fixture.network().start_background(2, 1, 100 * rate, rate * kMicro,
                                         {[](void*, std::uint64_t) {}, nullptr});
    }
    const MessageTimes& times = fixture.message(0s, 0, 1, kMessage);
    fixture.run();
    return times.arrived;
  };
  EXPECT_GT(taken(1'000'000), taken(0));
  EXPECT_GT(taken(4'000'000), taken(1'000'000));
}

// The direct cable has a tenth of the rate, the way over the switch one cable more.
TEST(Sensitivity, AWiderRouteIsFaster) {
  const auto taken = [](std::vector<std::vector<Vertex>> ways) {
    GraphShape graph;
    graph.hosts = {"a", "b"};
    graph.switches = {"s"};
    const Cable wide{kRate, 1ms};
    const Cable narrow{{kRate.count / 10}, 1ms};
    graph.joints = {{0, 1, narrow, narrow}, {0, 2, wide, wide}, {2, 1, wide, wide}};
    graph.ways = std::move(ways);
    NetworkSpec spec;
    spec.shape = graph;
    ModelledFixture fixture(make_topology(spec), tcp());
    const MessageTimes& times = fixture.message(0s, 0, 1, kMessage);
    fixture.run();
    return to_seconds(times.arrived.time_since_epoch());
  };
  EXPECT_GT(taken({}), 9 * taken({{0, 2, 1}}));
}

}  // namespace
}  // namespace gradwire
