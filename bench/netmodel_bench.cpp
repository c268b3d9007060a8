// How fast the network model runs, from the event queue up to whole collectives in virtual time,
// and what the TCP transport adds to a message. Each benchmark checks its answer before it is
// timed.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>

#include "bench/collective_run.hpp"
#include "bench/loopback_pair.hpp"
#include "bench/memory.hpp"
#include "netmodel/check.hpp"
#include "netmodel/event_queue.hpp"
#include "netmodel/fair_share.hpp"
#include "netmodel/frame.hpp"
#include "netmodel/tcp/wire.hpp"
#include "netmodel/topologies/shape.hpp"
#include "trainer/collectives/collectives.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using benchmark::Counter;

// The "hold" model (Jones: "An empirical comparison of priority-queue and event-set
// implementations", CACM 29(4), 1986): a queue of constant size, whose earliest event is taken and
// added again a random time later.
void hold_event_queue(benchmark::State& state) {
  EventQueue queue;
  std::mt19937_64 random(1);
  std::uint64_t calls = 0;
  const Action count{[](void* calls, std::uint64_t) { ++*static_cast<std::uint64_t*>(calls); },
                     &calls};
  TimePoint now{};
  const auto later = [&random] {
    return Duration(static_cast<std::int64_t>(random() % 1'000'000));
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) queue.add(now + later(), count);
  const auto hold = [&] {
    const TimePoint next = *queue.next_time();
    CHECK(next >= now, "time goes back");
    now = next;
    queue.pop()();
    queue.add(now + later(), count);
  };
  for (int i = 0; i < 10'000; ++i) hold();
  CHECK(calls == 10'000 && queue.size() == static_cast<std::size_t>(state.range(0)), "calls={}",
        calls);
  for (auto _ : state) hold();
  state.counters["events/s"] = Counter(static_cast<double>(state.iterations()), Counter::kIsRate);
}
BENCHMARK(hold_event_queue)->Arg(100)->Arg(10'000)->Arg(1'000'000);

// A star on which every host sends to every other.
class AllToAll {
 public:
  explicit AllToAll(std::uint32_t hosts) : hosts_(hosts) {
    for (std::uint32_t link = 0; link < 2 * hosts; ++link) share_.add_resource(kCapacity);
    for (std::uint32_t from = 0; from < hosts; ++from) {
      for (std::uint32_t to = 0; to < hosts; ++to) {
        if (from != to) flows_.push_back(add(from, to));
      }
    }
  }
  FlowId add(std::uint32_t from, std::uint32_t to) {
    const ResourceId route[] = {from, hosts_ + to};
    return share_.add_flow(route, kNoCap);
  }
  void check() {
    changes_.clear();
    share_.solve(changes_);
    for (const FlowId flow : flows_) {
      CHECK(share_.rate(flow) == kCapacity / (hosts_ - 1), "rate={}", share_.rate(flow));
    }
  }
  // One flow ends and another begins: two solves.
  void replace_one() {
    share_.remove_flow(flows_.front());
    changes_.clear();
    share_.solve(changes_);
    flows_.front() = add(0, 1);
    share_.solve(changes_);
  }
  std::size_t flows() const { return flows_.size(); }

 private:
  static constexpr MicroRate kCapacity = 1'000'000'000 * kMicro;
  std::uint32_t hosts_;
  FairShare share_;
  std::vector<FlowId> flows_;
  FairShare::Changes changes_;
};

void fair_share_all_to_all(benchmark::State& state) {
  AllToAll network(static_cast<std::uint32_t>(state.range(0)));
  network.check();
  for (auto _ : state) network.replace_one();
  network.check();
  state.counters["solves/s"] =
      Counter(2.0 * static_cast<double>(state.iterations()), Counter::kIsRate);
  state.counters["flows"] = static_cast<double>(network.flows());
}
BENCHMARK(fair_share_all_to_all)->Arg(8)->Arg(64)->Unit(benchmark::kMicrosecond);

constexpr std::int64_t kElements = 524'288;  // 2 MiB
constexpr BitsPerSecond kRate{1'000'000'000};
constexpr Duration kLatency = 200us;

CollectiveRun run_ring(int nodes, std::int64_t collectives, Shortcuts shortcuts) {
  const StarCable cable{kRate, kLatency / 2, {}, 0.0};
  return run_collectives(make_star(std::vector<StarCable>(static_cast<std::size_t>(nodes), cable)),
                         {ring_all_reduce(nodes, kElements)}, collectives, shortcuts);
}

// 2 (N - 1) steps, each the wire time of one chunk and a latency.
TimePoint ring_end(int nodes, std::int64_t collectives) {
  const Bytes chunk = Bytes{4 * kElements / nodes} + Bytes{kFrameHeaderBytes};
  const Duration step =
      Duration(wire_bytes(chunk).count * 8 * 1'000'000'000 / kRate.count) + kLatency;
  return TimePoint(step * (2 * (nodes - 1)) * collectives);
}

// Arguments: nodes, collectives one after another.
void modelled_ring(benchmark::State& state, Shortcuts shortcuts) {
  const int nodes = static_cast<int>(state.range(0));
  const std::int64_t collectives = state.range(1);
  CHECK(run_ring(nodes, 1, shortcuts).end == ring_end(nodes, 1),
        "the ring is not at its closed form");
  const PeakMemory memory;
  std::int64_t messages = 0;
  for (auto _ : state) {
    const CollectiveRun run = run_ring(nodes, collectives, shortcuts);
    CHECK(run.end == ring_end(nodes, collectives), "the ring is not at its closed form");
    messages += run.messages;
  }
  state.counters["messages/s"] = Counter(static_cast<double>(messages), Counter::kIsRate);
  state.counters["KiB/node"] = static_cast<double>(memory.growth().count) / 1024.0 / nodes;
  state.counters["peak_MiB"] = static_cast<double>(memory.peak().count) / 1048576.0;
}
void set_ring_sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"nodes", "collectives"})->Unit(benchmark::kMillisecond);
  for (const std::int64_t nodes : {64, 256, 1024, 4096}) benchmark->Args({nodes, 1});
  benchmark->Args({256, 100});
}
BENCHMARK_CAPTURE(modelled_ring, by_events, Shortcuts::none)->Apply(set_ring_sizes);
BENCHMARK_CAPTURE(modelled_ring, leaping, Shortcuts::leaps)->Apply(set_ring_sizes);

// A federated round: a server sends 10 MB to every client, and gets as much back from each. Racks
// of 300 hosts at 100 Mbit/s share a quarter of that towards the core; the server, host 0, has 10
// Gbit/s, which all clients share.
constexpr int kHostsPerRack = 300;
constexpr std::int64_t kRoundElements = 2'500'000;
constexpr BitsPerSecond kServerRate{10'000'000'000};

TimePoint round_end(int hosts) {
  const std::int64_t bits =
      wire_bytes(Bytes{kElementBytes * kRoundElements} + Bytes{kFrameHeaderBytes}).count * 8;
  const MicroRate share = kServerRate.count * kMicro / (hosts - 1);
  const __int128 nanoseconds = (__int128{bits} * 1'000'000'000 * kMicro + share - 1) / share;
  return TimePoint(2 * (Duration(static_cast<std::int64_t>(nanoseconds)) + kLatency));
}

void federated_round(benchmark::State& state) {
  const int racks = static_cast<int>(state.range(0));
  const int hosts = racks * kHostsPerRack;
  NetworkSpec network;
  network.shape = TwoTierShape{racks, kHostsPerRack, 4.0};
  network.cables.assign(static_cast<std::size_t>(hosts),
                        {BitsPerSecond{100'000'000}, kLatency, {}, 0.0, {}, {}});
  network.cables[0].rate = kServerRate;
  const PeakMemory memory;
  for (auto _ : state) {
    const CollectiveRun run =
        run_collectives(make_topology(network),
                        {broadcast(hosts, kRoundElements), gather_sum(hosts, kRoundElements)}, 1);
    CHECK(run.end == round_end(hosts), "the round ends after {} ns, not {}",
          run.end.time_since_epoch().count(), round_end(hosts).time_since_epoch().count());
  }
  state.counters["clients"] = hosts - 1;
  state.counters["KiB/node"] = static_cast<double>(memory.growth().count) / 1024.0 / hosts;
  state.counters["peak_MiB"] = static_cast<double>(memory.peak().count) / 1048576.0;
}
BENCHMARK(federated_round)->ArgName("racks")->Arg(34)->Arg(334)->Unit(benchmark::kMillisecond);

Message filled(std::int64_t size) {
  Message message = Message::uninitialised({size});
  std::ranges::fill(message.bytes(), std::byte{42});
  return message;
}

Task<void> answer(Transport& transport, int times) {
  for (int i = 0; i < times; ++i) {
    Received received = co_await transport.receive(0, Tag{1});
    co_await transport.send(0, Tag{2}, std::move(received.message));
  }
}

Task<void> ask(Transport& transport, int times, std::int64_t size) {
  for (int i = 0; i < times; ++i) {
    co_await transport.send(1, Tag{1}, filled(size));
    const Received received = co_await transport.receive(1, Tag{2});
    CHECK(std::ranges::equal(received.message.bytes(), filled(size).bytes()), "wrong answer");
  }
}

// Both ends on one thread, as in mode `local` with two nodes; the argument is the payload.
void tcp_ping_pong(benchmark::State& state) {
  constexpr int kRounds = 20;
  LoopbackPair pair;
  pair.run(ask(pair.at(0), kRounds, state.range(0)), answer(pair.at(1), kRounds));
  for (auto _ : state) {
    pair.run(ask(pair.at(0), kRounds, state.range(0)), answer(pair.at(1), kRounds));
  }
  const double messages = 2.0 * kRounds * static_cast<double>(state.iterations());
  state.counters["messages/s"] = Counter(messages, Counter::kIsRate);
  state.counters["payload/s"] =
      Counter(messages * static_cast<double>(state.range(0)), Counter::kIsRate);
}
BENCHMARK(tcp_ping_pong)->Arg(0)->Arg(4096)->Arg(1'000'000)->UseRealTime();

}  // namespace
}  // namespace gradwire
