// The keys that say what carries messages.
#include <gmock/gmock.h>

#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Scenario::Network network_with(const std::vector<std::string>& overrides) {
  return load_shortest(overrides).points.front().scenario.network;
}

TEST(ScenarioTransport, TheDefaultsAreThoseOfTheModel) {
  const Scenario::Network network = network_with({});
  const TransportModel& transport = network.transport;
  const TcpSettings expected;
  EXPECT_EQ(transport.carrier, Carrier::tcp);
  EXPECT_EQ(transport.tcp.congestion, expected.congestion);
  EXPECT_EQ(transport.tcp.loss, expected.loss);
  EXPECT_EQ(transport.tcp.initial_window, expected.initial_window);
  EXPECT_EQ(transport.tcp.window_max(), expected.window_max());
  EXPECT_EQ(transport.tcp.streams, expected.streams);
  EXPECT_EQ(transport.tcp.timeout_min, expected.timeout_min);
  EXPECT_EQ(transport.tcp.slow_start, expected.slow_start);
  EXPECT_EQ(transport.tcp.hystart, expected.hystart);
  EXPECT_EQ(transport.tcp.idle_restart, expected.idle_restart);
  EXPECT_EQ(transport.tcp.tail_loss_probe, expected.tail_loss_probe);
  EXPECT_EQ(transport.tcp.rack, expected.rack);
  EXPECT_EQ(transport.tcp.window_limit, expected.window_limit);
  EXPECT_EQ(transport.tcp.acknowledgements, expected.acknowledgements);
  EXPECT_EQ(transport.tcp.handshake, expected.handshake);
  EXPECT_FALSE(transport.store_and_forward);
  EXPECT_EQ(transport.software_cost({1'000'000}), Duration{});
  EXPECT_FALSE(network.queue);
  EXPECT_EQ(network.burst, Bytes{0});
}

TEST(ScenarioTransport, EveryKeyReachesTheScenario) {
  const Scenario::Network network = network_with({"network.queue=100kB",
                                                  "network.burst=3100B",
                                                  "network.switching=store-and-forward",
                                                  "network.software.per_message=5us",
                                                  "network.software.per_megabyte=1ms",
                                                  "network.tcp.congestion=bbr",
                                                  "network.tcp.loss=pftk",
                                                  "network.tcp.initial_window=4",
                                                  "network.tcp.send_buffer=256KiB",
                                                  "network.tcp.receive_buffer=1MiB",
                                                  "network.tcp.streams=8",
                                                  "network.tcp.timeout_min=1s",
                                                  "network.tcp.slow_start=off",
                                                  "network.tcp.hystart=off",
                                                  "network.tcp.idle_restart=off",
                                                  "network.tcp.tail_loss_probe=off",
                                                  "network.tcp.rack=off",
                                                  "network.tcp.window_limit=off",
                                                  "network.tcp.acknowledgements=off",
                                                  "network.tcp.handshake=on"});
  const TransportModel& transport = network.transport;
  EXPECT_EQ(network.queue, Bytes{100'000});
  EXPECT_EQ(network.burst, Bytes{3100});
  EXPECT_TRUE(transport.store_and_forward);
  EXPECT_EQ(transport.software_cost({2'000'000}), 5us + 2ms);
  EXPECT_EQ(transport.tcp.congestion, CongestionControl::bbr);
  EXPECT_EQ(transport.tcp.loss, LossModel::pftk);
  EXPECT_EQ(transport.tcp.initial_window, 4);
  EXPECT_EQ(transport.tcp.send_buffer, Bytes{256 * 1024});
  EXPECT_EQ(transport.tcp.receive_buffer, Bytes{1024 * 1024});
  EXPECT_EQ(transport.tcp.streams, 8);
  EXPECT_EQ(transport.tcp.timeout_min, 1s);
  EXPECT_FALSE(transport.tcp.slow_start);
  EXPECT_FALSE(transport.tcp.hystart);
  EXPECT_FALSE(transport.tcp.idle_restart);
  EXPECT_FALSE(transport.tcp.tail_loss_probe);
  EXPECT_FALSE(transport.tcp.rack);
  EXPECT_FALSE(transport.tcp.window_limit);
  EXPECT_FALSE(transport.tcp.acknowledgements);
  EXPECT_TRUE(transport.tcp.handshake);
}

TEST(ScenarioTransport, TcpKeysMeanNothingWithoutTcp) {
  EXPECT_EQ(network_with({"network.transport=rdma"}).transport.carrier, Carrier::rdma);
  EXPECT_EQ(network_with({"network.transport=fluid"}).transport.carrier, Carrier::fluid);
  EXPECT_THAT(error_of(kShortest, {"network.transport=rdma", "network.tcp.streams=2"}),
              HasSubstr("network.tcp.streams"));
  EXPECT_THAT(error_of(kShortest, {"network.queue=10"}), HasSubstr("network.queue"));
}

}  // namespace
}  // namespace gradwire
