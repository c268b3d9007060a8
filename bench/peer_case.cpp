// One case of the comparison with SimGrid (bench/peers/simgrid.sh), our side: runs a collective
// over a network of the pure fluid model and prints what it took, as one line of JSON. Links,
// routes and message sizes are those of bench/peers/simgrid_case.cpp.
//
//   peer_case ring|incast star|two-tier NODES equal|spread REPEATS [fast-forward]
#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>

#include "bench/collective_run.hpp"
#include "bench/memory.hpp"
#include "netmodel/check.hpp"
#include "netmodel/frame.hpp"
#include "netmodel/tcp/wire.hpp"
#include "netmodel/topologies/shape.hpp"
#include "trainer/collectives/collectives.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kRate = 100'000'000;
constexpr Duration kLatency = 1ms;
constexpr std::int64_t kRingElements = 6'291'456;  // 24 MiB: chunks are equal up to 1024 nodes
constexpr std::int64_t kIncastElements = 262'144;  // 1 MiB from each sender

// Rates between 90 % and 110 % of the mean, in an order that is neither rising nor falling: the
// multiples of the golden ratio, modulo 1.
BitsPerSecond rate_of(int host, bool spread) {
  if (!spread) return {kRate};
  const double place = std::fmod((host + 1) * 0.6180339887498949, 1.0);
  return {std::llround(static_cast<double>(kRate) * (0.9 + 0.2 * place))};
}

// Racks of sqrt(nodes) hosts, rounded up to a power of two, with a quarter of their hosts' rates
// towards the core. Between switches there is no latency, so that all routes have the same: SimGrid
// favours flows of short routes, our model does not.
std::shared_ptr<const Topology> topology_of(const std::string& shape, int nodes, bool spread) {
  NetworkSpec spec;
  for (int host = 0; host < nodes; ++host) {
    spec.cables.push_back({rate_of(host, spread), kLatency, {}, 0.0});
  }
  if (shape == "two-tier") {
    int hosts = 1;
    while (hosts * hosts < nodes) hosts *= 2;
    spec.shape = TwoTierShape{nodes / hosts, hosts, 4.0};
    spec.between_switches.rate = {kRate};
  }
  return make_topology(spec);
}

int run(int argc, char** argv) {
  CHECK(argc == 6 || argc == 7,
        "usage: peer_case ring|incast star|two-tier NODES equal|spread REPEATS [fast-forward]");
  const bool ring = std::string(argv[1]) == "ring";
  const int nodes = std::atoi(argv[3]);
  const bool spread = std::string(argv[4]) == "spread";
  const std::int64_t repeats = std::atoll(argv[5]);
  const auto topology = topology_of(argv[2], nodes, spread);
  const SchedulePtr schedule =
      ring ? ring_all_reduce(nodes, kRingElements) : gather_sum(nodes, kIncastElements);
  const Bytes payload{kElementBytes * (ring ? kRingElements / nodes : kIncastElements)};
  const PeakMemory memory;
  const auto start = std::chrono::steady_clock::now();
  const CollectiveRun done =
      run_collectives(topology, {schedule}, repeats, argc == 7 ? Shortcuts::all : Shortcuts::leaps);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  fmt::print(
      "{{\"simulated\": {:.9f}, \"wall\": {:.9f}, \"messages\": {}, \"wire_bytes\": {}, "
      "\"memory\": {}, \"left_out\": {}}}\n",
      to_seconds(done.end.time_since_epoch()), wall.count(), done.messages,
      wire_bytes(payload + Bytes{kFrameHeaderBytes}).count, memory.growth().count, done.left_out);
  return 0;
}

}  // namespace
}  // namespace gradwire

int main(int argc, char** argv) { return gradwire::run(argc, argv); }
