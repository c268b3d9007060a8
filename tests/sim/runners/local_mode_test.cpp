// What real sockets on one machine cannot show is refused before anything runs.
#include <gmock/gmock.h>

#include "netmodel/transports/link_shaper.hpp"
#include "sim/calibration/machine.hpp"
#include "sim/runners/host_load.hpp"
#include "sim/runners/local_run.hpp"
#include "tests/sim/results/examples.hpp"
#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string refusal(const std::vector<std::string>& overrides) {
  const Plan plan = load_shortest(overrides);
  return message_of<ScenarioError>([&] { check_local_mode(plan); });
}

TEST(LocalMode, RunsWhatItCanEmulate) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({"nodes.cores=2", "nodes.speed=1", "arithmetic=full", "network.latency=2ms"}),
            "");
  EXPECT_EQ(refusal({"nodes.host_cores=" + std::to_string(usable_cores())}), "");
}

TEST(LocalMode, RefusesWhatItCannot) {
  EXPECT_EQ(refusal({"network.loss=1%"}),
            "--set network.loss: local mode cannot lose packets; allowed: --mode virtual or netns");
  EXPECT_EQ(refusal({"network.jitter=1us"}),
            "--set network.jitter: local mode cannot vary the latency; allowed: --mode virtual or "
            "netns");
  EXPECT_EQ(refusal({"network.events=[{do: restore}]"}),
            "--set network.events: local mode cannot change its links; allowed: --mode virtual");
  EXPECT_EQ(refusal({"network.background=[{kind: constant, from: host0, to: host1}]"}),
            "--set network.background: local mode has no other traffic; allowed: --mode virtual");
  EXPECT_EQ(refusal({"training.checkpoint=10"}),
            "--set training.checkpoint: local mode measures some of the steps only; allowed: "
            "measure: all, or --mode virtual");
  EXPECT_EQ(refusal({"training.checkpoint=10", "measure=all"}), "");
  EXPECT_EQ(refusal({"nodes.speed=[1, 0.5]"}),
            "--set nodes.speed: local mode runs every node at the speed of this machine, 1; "
            "allowed: --mode virtual");
  EXPECT_EQ(refusal({"nodes.cores=0.5"}),
            "--set nodes.cores: local mode gives every node at least one core; allowed: --mode "
            "virtual");
  EXPECT_EQ(refusal({"nodes.step_time=1ms"}),
            "--set nodes.step_time: local mode computes, and takes the time it takes; allowed: "
            "--mode virtual");
  EXPECT_EQ(refusal({"nodes.flops=1Gflops"}),
            "--set nodes.flops: local mode computes, and takes the time it takes; allowed: --mode "
            "virtual");
  for (const char* limit : {"nodes.cpus=[0]", "nodes.shares=512", "nodes.memory=1GiB"}) {
    EXPECT_THAT(refusal({limit}), HasSubstr("local mode has no hosts that it could limit; allowed: "
                                            "--mode netns, lxc or podman"));
  }
  EXPECT_EQ(refusal({"nodes.device=a100"}),
            "--set nodes.device: local mode computes, and takes the time it takes; allowed: --mode "
            "virtual");
  EXPECT_EQ(refusal({"data.kind=none", "data.train=100", "model.kind=profile",
                     "model.table=[{name: a, parameters: 1, forward: 1ms, backward: 1ms}]"}),
            "--set model.kind: local mode cannot compute a profile; allowed: --mode virtual");
  for (const char* arithmetic : {"off", "shared"}) {
    EXPECT_EQ(refusal({std::string("arithmetic=") + arithmetic}),
              "--set arithmetic: local mode computes on every node; allowed: auto, full, or "
              "--mode virtual");
  }
}

TEST(LocalMode, RefusesTransportsThatItHasNot) {
  for (const char* setting :
       {"network.transport=rdma", "network.queue=1MB", "network.burst=3kB",
        "network.switching=store-and-forward", "network.software.per_message=1us",
        "network.software.per_megabyte=1us", "network.latency=2s", "network.tcp.streams=2",
        "network.tcp.slow_start=off", "network.tcp.hystart=off", "network.tcp.window_limit=off"}) {
    EXPECT_THAT(refusal({setting}), HasSubstr("local mode")) << setting;
  }
}

TEST(LocalMode, RefusesWhatTcpMakesOfALongPath) {
  // There and back 100 ms; at 1 Mbit/s that holds 12.5 kB, less than the first window of 14.48 kB,
  // at 2 Mbit/s 25 kB.
  EXPECT_EQ(refusal({"network.latency=50ms", "network.bandwidth=1Mbit"}), "");
  EXPECT_EQ(refusal({"network.latency=50ms", "network.bandwidth=2Mbit"}),
            "--set network.latency: local mode cannot show slow start on so long a path; allowed: "
            "--mode virtual or netns");
  // 100 ms at 1 Gbit/s hold 12.5 MB, a window 2.8 MB.
  EXPECT_THAT(refusal({"network.latency=50ms", "network.bandwidth=1Gbit"}),
              HasSubstr("cannot show the window"));
  EXPECT_EQ(refusal({"network.transport=fluid", "network.latency=2s"}), "");
}

TEST(LocalMode, LooksAtTheWholeWayBetweenTwoHosts) {
  // Across half a ring of 8 hosts: 4 links of 2 ms each way, 16 ms in all; between neighbours 4 ms.
  const std::vector<std::string> ring = {"network.topology=ring", "network.latency=2ms",
                                         "network.bandwidth=1Gbit", "network.nodes=8"};
  EXPECT_THAT(refusal(ring), HasSubstr("slow start"));
  EXPECT_EQ(refusal({"network.topology=ring", "network.latency=2ms", "network.bandwidth=1Gbit",
                     "network.nodes=4"}),
            "");
}

TEST(LocalMode, RefusesCoresThatThisMachineDoesNotHave) {
  const std::string own = std::to_string(usable_cores());
  const std::string more = std::to_string(usable_cores() + 1);
  EXPECT_EQ(refusal({"nodes.host_cores=" + more}),
            "--set nodes.host_cores: local mode gives the nodes the " + own +
                " cores of this machine; allowed: " + own + ", or --mode virtual");
}

TEST(LocalMode, RefusesASweepForOneOfItsPoints) {
  const Plan plan = load(shortest_with("sweep:\n  network.loss: [0%, 2%]\n"));
  EXPECT_THAT(message_of<ScenarioError>([&] { check_local_mode(plan); }),
              HasSubstr("s.yaml:5: network.loss: local mode cannot lose packets"));
}

TEST(HostLoad, DoesNotBelieveLateTimers) {
  const HostLoad load;
  EXPECT_THAT(load.distortion({.events = 10, .total = 10ms, .worst = 9ms}),
              HasSubstr("timers were 1.0 ms late on average"));
  EXPECT_THAT(load.distortion({.events = 1000, .total = 10ms, .worst = 9ms}),
              Not(HasSubstr("timers")));
  EXPECT_THAT(load.distortion({}), Not(HasSubstr("timers")));
}

}  // namespace
}  // namespace gradwire
