// How fast whole trainings pass in virtual time, as `sim run` runs them: workers, processors and
// TCP's windows included. Each run's messages are checked against what a ring sends.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "bench/memory.hpp"
#include "netmodel/check.hpp"
#include "sim/runners/sweep.hpp"

namespace gradwire {
namespace {

constexpr std::int64_t kSteps = 100;  // of ring_training.yaml

// Argument: nodes.
void ring_training(benchmark::State& state) {
  const std::int64_t nodes = state.range(0);
  const Plan plan =
      load_plan(GRADWIRE_BENCH_DIR "/ring_training.yaml", {fmt::format("network.nodes={}", nodes)});
  const PeakMemory memory;
  DataSource data;
  Calibration calibration;  // besides the time of a step, which the scenario gives
  calibration.set_reduce({100'000'000'000});
  std::int64_t messages = 0;
  while (state.KeepRunning()) {
    const RepeatResult result = predict(plan.points.front(), 0, data, calibration);
    std::int64_t sent = 0;
    for (const NodeTimes& node : result.nodes) sent += node.messages_sent;
    // Each node sends 2 (N - 1) in a ring; a barrier before and after them takes 2 (N - 1) in all.
    CHECK(sent == (kSteps * nodes + 2) * 2 * (nodes - 1), "{} messages", sent);
    messages += sent;
  }
  state.counters["messages/s"] =
      benchmark::Counter(static_cast<double>(messages), benchmark::Counter::kIsRate);
  state.counters["peak_MiB"] = static_cast<double>(memory.peak().count) / 1048576.0;
}
BENCHMARK(ring_training)
    ->ArgName("nodes")
    ->Arg(64)
    ->Arg(256)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gradwire
