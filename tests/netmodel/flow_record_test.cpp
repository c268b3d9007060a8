// Records of messages: when each was where, and what held it back.
#include "netmodel/transports/flow_record.hpp"

#include <gmock/gmock.h>

#include "tests/netmodel/modelled_fixture.hpp"
#include "tests/netmodel/tcp/segments.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Kind = FlowLimit::Kind;

class FlowRecords : public testing::Test {
 protected:
  // The links of a star of n hosts are 0 to n - 1 to the switch, and n to 2 n - 1 from it.
  ModelledFixture& star(std::vector<StarCable> cables, const TransportModel& model = {}) {
    fixture_ = std::make_unique<ModelledFixture>(std::move(cables), 1, model);
    fixture_->network().record(&recorder_);
    return *fixture_;
  }
  ModelledFixture& star(int hosts, const TransportModel& model = {}) {
    return star(equal_cables(hosts, kRate, 2ms), model);
  }
  const std::vector<FlowRecord>& run() {
    fixture_->run();
    return recorder_.flows();
  }

  FlowRecorder recorder_;
  std::unique_ptr<ModelledFixture> fixture_;
};

// Both are 10 ms long and handed over at 5 ms; the second waits for the first.
TEST_F(FlowRecords, SayWhenAMessageWasWhere) {
  ModelledFixture& fixture = star(2);
  fixture.message(5ms, 0, 1, segments(10));
  fixture.message(5ms, 0, 1, segments(10));
  const auto& flows = run();
  ASSERT_EQ(flows.size(), 2U);
  const FlowRecord& second = flows[1];
  EXPECT_EQ(second.from, 0);
  EXPECT_EQ(second.to, 1);
  EXPECT_EQ(second.size, Bytes{10 * 1514});
  EXPECT_EQ(second.handed, TimePoint(5ms));
  EXPECT_EQ(second.turn, TimePoint(15ms));
  EXPECT_EQ(second.first_bit, TimePoint(15ms));
  EXPECT_EQ(second.first_byte(), TimePoint(19ms));
  EXPECT_EQ(second.left, TimePoint(25ms));
  EXPECT_EQ(second.arrived, TimePoint(29ms));
  EXPECT_EQ(second.mean_rate(), kRate);
  EXPECT_THAT(second.phases, ElementsAre(FlowRecord::Phase{{Kind::link, 0}, TimePoint(15ms)}));
}

// Two senders share the link to host 0 until the first has left at 20 ms; the second has sent 10 of
// its 20 segments by then, and goes on at the rate of its own link, which comes first.
TEST_F(FlowRecords, NameTheLinkThatTheyWaitFor) {
  ModelledFixture& fixture = star(3);
  fixture.message(0ms, 1, 0, segments(10));
  fixture.message(0ms, 2, 0, segments(20));
  const auto& flows = run();
  EXPECT_THAT(flows[0].phases, ElementsAre(FlowRecord::Phase{{Kind::link, 3}, TimePoint(0ms)}));
  EXPECT_THAT(flows[1].phases, ElementsAre(FlowRecord::Phase{{Kind::link, 3}, TimePoint(0ms)},
                                           FlowRecord::Phase{{Kind::link, 2}, TimePoint(20ms)}));
  EXPECT_EQ(flows[1].left, TimePoint(30ms));
  EXPECT_EQ(flows[1].limit(), (FlowLimit{Kind::link, 3}));
  EXPECT_EQ(flows[1].held_by({Kind::link, 2}), 10ms);
}

// 100 ms for a round trip. A round that ends with waiting is the window's, as a whole: the link
// would not make it shorter. 31 segments: 10, 20, and 1 that does not wait.
TEST_F(FlowRecords, TellSlowStartFromTheLink) {
  ModelledFixture& fixture = star(equal_cables(2, kRate, 24'750us), tcp());
  fixture.message(0ms, 0, 1, segments(31));
  const FlowRecord& flow = run().at(0);
  EXPECT_THAT(flow.phases, ElementsAre(FlowRecord::Phase{{Kind::ramp, 0}, TimePoint(0ms)},
                                       FlowRecord::Phase{{Kind::link, 0}, TimePoint(200ms)}));
  EXPECT_EQ(flow.limit().kind, Kind::ramp);
}

TEST_F(FlowRecords, TellABoundedWindow) {
  TransportModel model = tcp();
  model.tcp.send_buffer = {21'720};
  ModelledFixture& fixture = star(equal_cables(2, kRate, 24'750us), model);
  fixture.message(0ms, 0, 1, segments(100));
  EXPECT_EQ(run().at(0).limit().kind, Kind::window);
}

TEST_F(FlowRecords, TellLoss) {
  for (const LossModel loss : {LossModel::drawn, LossModel::mathis}) {
    TransportModel model = tcp();
    model.tcp.loss = loss;
    ModelledFixture& fixture = star(equal_cables(2, kRate, 24'750us, {}, 0.05), model);
    fixture.message(0ms, 0, 1, segments(300));
    EXPECT_EQ(run().at(0).limit().kind, Kind::loss);
    recorder_.forget();
    EXPECT_THAT(recorder_.flows(), ElementsAre());
  }
}

// 1 ms before the first bit, and 0.1 s for a megabyte, which is slower than the link.
TEST_F(FlowRecords, TellSoftware) {
  TransportModel model;
  model.cost_per_message = 1ms;
  model.cost_per_megabyte = 1s;
  ModelledFixture& fixture = star(2, model);
  fixture.message(0ms, 0, 1, segments(10));
  const FlowRecord& flow = run().at(0);
  EXPECT_THAT(flow.phases, ElementsAre(FlowRecord::Phase{{Kind::software, 0}, TimePoint(0ms)}));
  EXPECT_EQ(flow.first_bit, TimePoint(1ms));
}

// Half of the message has left when the hosts are parted, and later the link is cut.
TEST_F(FlowRecords, TellPartitionsAndCuts) {
  ModelledFixture& fixture = star(2);
  fixture.message(0ms, 0, 1, segments(10));
  const auto at = [&](Duration when, void (*change)(void*, std::uint64_t)) {
    fixture.clock().at(TimePoint(when), {change, &fixture.network()});
  };
  at(5ms, [](void* network, std::uint64_t) {
    static_cast<ModelledNetwork*>(network)->divide({0, 1});
  });
  at(7ms, [](void* network, std::uint64_t) {
    static_cast<ModelledNetwork*>(network)->divide({});
    static_cast<ModelledNetwork*>(network)->cut(3);
  });
  at(10ms,
     [](void* network, std::uint64_t) { static_cast<ModelledNetwork*>(network)->restore_all(); });
  const FlowRecord& flow = run().at(0);
  EXPECT_THAT(flow.phases, ElementsAre(FlowRecord::Phase{{Kind::link, 0}, TimePoint(0ms)},
                                       FlowRecord::Phase{{Kind::partition, 0}, TimePoint(5ms)},
                                       FlowRecord::Phase{{Kind::link, 3}, TimePoint(7ms)},
                                       FlowRecord::Phase{{Kind::link, 0}, TimePoint(10ms)}));
}

// Background traffic is no message, and takes over the numbers of flows that have ended.
TEST_F(FlowRecords, LeaveBackgroundTrafficOut) {
  ModelledFixture& fixture = star(3);
  fixture.message(0ms, 0, 1, segments(1));
  fixture.clock().at(TimePoint(3ms), {[](void* network, std::uint64_t) {
                                        static_cast<ModelledNetwork*>(network)->start_background(
                                            2, 1, 1'000'000, kNoCap, {[](void*, std::uint64_t) {}});
                                      },
                                      &fixture.network()});
  fixture.message(4ms, 0, 1, segments(1));
  const auto& flows = run();
  ASSERT_EQ(flows.size(), 2U);
  EXPECT_EQ(flows[1].limit(), (FlowLimit{Kind::link, 4}));
}

// What began before somebody asked has no record.
TEST_F(FlowRecords, BeginWhenTheyAreAskedFor) {
  ModelledFixture fixture(equal_cables(2, kRate, 2ms));
  fixture.message(0ms, 0, 1, segments(10));
  fixture.message(6ms, 1, 0, segments(1));
  struct Asker {
    ModelledNetwork& network;
    FlowRecorder& recorder;
  } asker{fixture.network(), recorder_};
  fixture.clock().at(TimePoint(5ms), {[](void* target, std::uint64_t) {
                                        const auto& asker = *static_cast<Asker*>(target);
                                        asker.network.record(&asker.recorder);
                                      },
                                      &asker});
  fixture.run();
  ASSERT_EQ(recorder_.flows().size(), 1U);
  EXPECT_EQ(recorder_.flows()[0].from, 1);
}

}  // namespace
}  // namespace gradwire
