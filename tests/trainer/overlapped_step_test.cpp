// Gradients that travel during the backward pass: the times of a step by hand.
#include "trainer/overlapped_step.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "netmodel/task_group.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"
#include "tests/netmodel/transport_worlds.hpp"
#include "trainer/compute_in_turn.hpp"
#include "trainer/virtual_compute.hpp"
#include "trainer/worker.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

// Three layers: forward 10 ms each, backward 20 ms each, a bucket each.
LayerProfile three_layers() {
  constexpr std::int64_t kParameters = 1 << 20;
  return {{"a", kParameters, 10ms, 20ms, 0.0},
          {"b", kParameters, 10ms, 20ms, 0.0},
          {"c", kParameters, 10ms, 20ms, 0.0}};
}

TrainingPlan plan_of(const StrategySpec& strategy, std::optional<Bytes> bucket) {
  const int nodes = std::holds_alternative<SingleNode>(strategy) ? 1 : 2;
  ModelSpec model{.input = {}, .layers = {}};
  model.profile = three_layers();
  return {.model = model,
          .optimizer = {},
          .strategy = strategy,
          .bucket = bucket,
          .samples = {.samples = 64 * nodes,
                      .global_batch = 32 * nodes,
                      .training_nodes = nodes,
                      .epochs = 1,
                      .fixed_steps = {}},
          .costs = Costs{StepCost({{32, 90ms}}), 1ms, BitsPerSecond{80'000'000'000}},
          .seed = 1,
          .data = nullptr,
          .hashed_steps = {}};
}

// Each sum waits 30 ms, whatever it sums.
class SlowSums final : public Strategy {
 public:
  explicit SlowSums(Clock& clock) : clock_(clock) {}

  Task<PhaseTimes> sum_gradients(std::size_t /*bucket*/, Buffers /*gradients*/,
                                 Transport& /*transport*/, Reducer& /*reducer*/) override {
    co_await clock_.sleep_until(clock_.now() + 30ms);
    co_return PhaseTimes{.send = {}, .wait = 30ms, .reduce = {}};
  }
  Task<PhaseTimes> update_weights(Replica& /*replica*/, Transport& /*transport*/,
                                  Reducer& /*reducer*/) override {
    co_return PhaseTimes{};
  }

 private:
  Clock& clock_;
};

Task<void> take_step(OverlapContext context, const BackwardPlan& plan, PhaseTimes& exposed) {
  OverlappedStep step(context, plan);
  exposed = co_await step.run(32);
}

// Forward until 30 ms, buckets at 50, 70 and 90 ms. Sums: 50 to 80, 80 to 110, 110 to 140. Behind
// the end of the pass at 90 ms lie 20 ms of the second and all of the third.
TEST(OverlappedStep, HidesWhatFitsBehindTheBackwardPass) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  ModelledNetwork network(clock, star_of(2, BitsPerSecond{1'000'000'000}, 1us), RandomStreams(1));
  VirtualProcessors processors(clock, {}, {1.0, 1.0});
  ComputeInTurn compute(processors.of(0));
  const TrainingPlan plan = plan_of(AllReduce{}, Bytes{1});
  Replica replica(plan, 0, compute, clock, 32);
  ComputeReducer reducer(compute, plan.costs->reduce);
  SlowSums sums(clock);
  const BackwardPlan backward = plan_backward(plan.model.profile, Bytes{1});
  PhaseTimes exposed;
  TaskGroup group(context.get_executor());
  group.spawn(take_step({clock, replica, sums, network.endpoint(0), reducer}, backward, exposed));
  clock.run(context);
  ASSERT_TRUE(group.done());
  EXPECT_EQ(clock.now().time_since_epoch(), 140ms);
  EXPECT_EQ(replica.compute_time(), 90ms);
  EXPECT_NEAR(to_seconds(exposed.wait), 0.050, 1e-8);
}

struct Trained {
  Duration time{};
  WorkerReport first;
};

class AllSteps final : public StepControl {
 public:
  Task<bool> proceed(std::int64_t /*step*/) override { co_return true; }
};

Task<void> work(WorkerContext context, const TrainingPlan& plan, WorkerReport& report) {
  co_await run_worker(context, plan, report);
}

Trained train(const TrainingPlan& plan, BitsPerSecond rate) {
  const int ranks = plan.samples.training_nodes;
  VirtualClock clock;
  boost::asio::io_context context(1);
  ModelledNetwork network(clock, star_of(ranks, rate, 10us), RandomStreams(1));
  VirtualProcessors processors(clock, {},
                               std::vector<double>(static_cast<std::size_t>(ranks), 1.0));
  AllSteps control;
  std::vector<WorkerReport> reports(static_cast<std::size_t>(ranks));
  TaskGroup group(context.get_executor());
  for (Rank rank = 0; rank < ranks; ++rank) {
    group.spawn(work({clock, network.endpoint(rank), processors.of(rank), control}, plan,
                     reports[static_cast<std::size_t>(rank)]));
  }
  clock.run(context);
  EXPECT_TRUE(group.done()) << network.waiting();
  return {reports[0].epochs[0].end - reports[0].epochs[0].start, reports[0]};
}

// Two steps of 90 ms and an update of 1 ms.
TEST(OverlappedStep, OfOneNodeTakesWhatTheLayersTake) {
  const Trained run = train(plan_of(SingleNode{}, Bytes{1}), BitsPerSecond{1'000'000'000});
  EXPECT_EQ(run.time, 182ms);
  EXPECT_EQ(run.first.compute, 182ms);
  EXPECT_EQ(run.first.exchange.wait, Duration{});
}

// The same bytes travel either way: 12 MiB x 2 x 1/2 from each of two nodes in a ring, all of it to
// the other one all-to-all or from a server, in each of two steps.
TEST(OverlappedStep, SendsTheSameBytesEarlier) {
  constexpr std::int64_t kGradients = 3 * 4 * (1 << 20);
  const StrategySpec strategies[] = {AllReduce{AllReduce::Algorithm::ring},
                                     AllReduce{AllReduce::Algorithm::ring, Segmentation{{1 << 18}}},
                                     AllReduce{AllReduce::Algorithm::all_to_all},
                                     ParameterServer{}};
  for (const StrategySpec& strategy : strategies) {
    const BitsPerSecond rate{2'000'000'000};
    const Trained whole = train(plan_of(strategy, std::nullopt), rate);
    const Trained buckets = train(plan_of(strategy, Bytes{1}), rate);
    EXPECT_EQ(whole.first.sent.bytes.count, 2 * kGradients);
    EXPECT_EQ(buckets.first.sent.bytes.count, 2 * kGradients);
    EXPECT_LT(buckets.time, whole.time);
    EXPECT_GE(buckets.time, 182ms);
    // What is reported adds up to the time of rank 0.
    const PhaseTimes& exposed = buckets.first.exchange;
    const Duration sum = buckets.first.compute + exposed.send + exposed.wait + exposed.reduce;
    EXPECT_NEAR(to_seconds(sum), to_seconds(buckets.time), 0.02 * to_seconds(buckets.time));
  }
}

// 4 MiB in 20 ms is 1.7 Gbit/s: over 100 Gbit/s only the last bucket, of 0.7 ms or so, is seen.
TEST(OverlappedStep, IsBoundByComputingOverAFastNetwork) {
  const Trained run = train(plan_of(AllReduce{}, Bytes{1}), BitsPerSecond{100'000'000'000});
  EXPECT_GT(run.time, 182ms);
  EXPECT_LT(run.time, 190ms);
}

}  // namespace
}  // namespace gradwire
