// The worker over every transport: the same weights everywhere, and the time that its costs and its
// network make it take.
#include "trainer/worker.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>

#include "netmodel/task_group.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"
#include "tests/netmodel/transport_worlds.hpp"
#include "trainer/data/digits.hpp"
#include "trainer/data/next_words.hpp"
#include "trainer/data/scenes.hpp"
#include "trainer/nn/models.hpp"
#include "trainer/pool_compute.hpp"
#include "trainer/strategies/strategy.hpp"
#include "trainer/virtual_compute.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

class NoLimit final : public StepControl {
 public:
  explicit NoLimit(std::int64_t steps = 1'000'000) : steps_(steps) {}
  Task<bool> proceed(std::int64_t step) override { co_return step < steps_; }

 private:
  std::int64_t steps_;
};

// Does the work at once, at no cost.
class InstantCompute final : public Compute {
 public:
  explicit InstantCompute(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  void start(Duration /*cost*/, std::function<void()> work, std::function<void()> done) override {
    if (work) work();
    boost::asio::post(executor_, std::move(done));
  }

 private:
  boost::asio::any_io_executor executor_;
};

TrainingPlan small_plan(const StrategySpec& strategy, int ranks) {
  static const auto data = std::make_shared<const Dataset>(make_digits(210, 50, 3));
  TrainingPlan plan{.model = mlp({784, 16, 10}),
                    .optimizer = {OptimizerKind::sgd, 0.05, 0.9},
                    .strategy = strategy,
                    .samples = {.samples = 210,
                                .global_batch = 40,
                                .training_nodes = training_nodes(strategy, ranks),
                                .epochs = 2,
                                .fixed_steps = {}},
                    .costs = Costs{StepCost({{10, 1ms}}), 100us, BitsPerSecond{80'000'000'000}},
                    .seed = 11,
                    .data = data,
                    .hashed_steps = {}};
  return plan;
}

Task<void> work(TransportWorld& world, Rank rank, const TrainingPlan& plan, StepControl& control,
                WorkerReport& report) {
  InstantCompute compute(co_await boost::asio::this_coro::executor);
  co_await run_worker({world.clock(), world.at(rank), compute, control}, plan, report);
}

std::vector<WorkerReport> train(const std::string& transport, int ranks, const TrainingPlan& plan) {
  const auto world = make_world(transport, star_of(ranks, BitsPerSecond{10'000'000'000}, 10us));
  NoLimit control;
  std::vector<WorkerReport> reports(static_cast<std::size_t>(ranks));
  std::vector<Task<void>> tasks;
  for (Rank rank = 0; rank < ranks; ++rank) {
    tasks.push_back(work(*world, rank, plan, control, reports[static_cast<std::size_t>(rank)]));
  }
  for (const auto& error : world->run(std::move(tasks))) {
    if (error) std::rethrow_exception(error);
  }
  return reports;
}

TEST(Worker, TrainsToTheSameBitsOverEveryTransport) {
  const StrategySpec strategies[] = {AllReduce{AllReduce::Algorithm::ring},
                                     AllReduce{AllReduce::Algorithm::all_to_all},
                                     ParameterServer{false}, ParameterServer{true}};
  for (const StrategySpec& strategy : strategies) {
    for (const int ranks : {2, 3}) {
      const TrainingPlan plan = small_plan(strategy, ranks);
      const auto expected = train("modelled", ranks, plan);
      ASSERT_EQ(expected[0].weights_sha256.size(), 64U);
      for (const char* transport : {"modelled", "tcp", "shaped"}) {
        const auto reports = train(transport, ranks, plan);
        EXPECT_EQ(reports[0].weights_sha256, expected[0].weights_sha256) << transport;
        EXPECT_EQ(reports[0].epochs.back().accuracy, expected[0].epochs.back().accuracy);
        EXPECT_EQ(reports[0].epochs.back().loss_sum, expected[0].epochs.back().loss_sum);
      }
    }
  }
}

// The order of the sums is that of the ring.
TEST(Worker, TrainsToTheSameBitsWithAndWithoutSegments) {
  const auto whole = train("modelled", 3, small_plan(AllReduce{}, 3));
  for (const int in_flight : {1, 4}) {
    const AllReduce cut{AllReduce::Algorithm::ring, Segmentation{{64}, in_flight}};
    for (const char* transport : {"modelled", "tcp", "shaped"}) {
      const auto reports = train(transport, 3, small_plan(cut, 3));
      EXPECT_EQ(reports[0].weights_sha256, whole[0].weights_sha256) << transport;
      EXPECT_EQ(reports[0].sent.bytes, whole[0].sent.bytes);
      EXPECT_GT(reports[0].sent.messages, 2 * whole[0].sent.messages);
    }
  }
}

// With dropout, augmentation, and parts of a step of different lengths.
TEST(Worker, TrainsACaptionerToTheSameBitsOverEveryTransport) {
  const auto data =
      std::make_shared<const Dataset>(make_next_words(make_scenes(5, 2, 1), {}, {}, {}));
  const Split& train_split = data->train;
  for (const StrategySpec& strategy :
       {StrategySpec(AllReduce{AllReduce::Algorithm::ring}), StrategySpec(ParameterServer{true})}) {
    TrainingPlan plan = small_plan(strategy, 3);
    plan.model = {.input = {.width = train_split.inputs()},
                  .layers = captioner({.vocabulary = train_split.classes,
                                       .words = train_split.words->length(),
                                       .image = train_split.shape,
                                       .extractor = small_extractor(),
                                       .width = 8})};
    plan.model.layers.push_back(dense(train_split.classes));
    plan.samples.samples = train_split.size();
    plan.data = data;
    const auto unchanged = train("modelled", 3, plan);
    plan.augmentation = {.flip = 0.5, .shift = 2, .hide_words = 0.3};
    const auto expected = train("modelled", 3, plan);
    ASSERT_EQ(expected[0].weights_sha256.size(), 64U);
    EXPECT_NE(expected[0].weights_sha256, unchanged[0].weights_sha256);
    EXPECT_GT(expected[0].epochs[0].loss_sum + expected[1].epochs[0].loss_sum, 0.0);
    for (const char* transport : {"modelled", "tcp"}) {
      const auto reports = train(transport, 3, plan);
      EXPECT_EQ(reports[0].weights_sha256, expected[0].weights_sha256) << transport;
      EXPECT_EQ(reports[1].epochs.back().loss_sum, expected[1].epochs.back().loss_sum);
    }
  }
}

TEST(Worker, APartitionGivesTheSameBitsOverEveryTransport) {
  for (const PartitionKind kind :
       {PartitionKind::block, PartitionKind::labels, PartitionKind::dirichlet}) {
    TrainingPlan plan = small_plan(AllReduce{}, 3);
    plan.samples.partition = {kind, 4, 0.3, {1, 2, 5}, kind == PartitionKind::dirichlet};
    plan.samples.classes = 10;
    plan.samples.labels = {plan.data, &plan.data->train.labels};
    const auto expected = train("modelled", 3, plan);
    std::int64_t samples = 0;
    for (const WorkerReport& report : expected) samples += report.epochs[0].samples;
    EXPECT_EQ(samples, 210);
    EXPECT_NE(expected[0].epochs[0].samples, expected[2].epochs[0].samples);
    EXPECT_EQ(train("tcp", 3, plan)[0].weights_sha256, expected[0].weights_sha256);
  }
}

TrainingPlan plan_by_features(int ranks) {
  TrainingPlan plan = small_plan(AllReduce{}, ranks);
  plan.samples.partition.kind = PartitionKind::features;
  return plan;
}

// Up to the order of the first layer's sums, all nodes together are one node with all features.
TEST(Worker, ByFeaturesLearnsWhatOneNodeLearns) {
  const WorkerReport alone = train("modelled", 1, small_plan(SingleNode{}, 1))[0];
  for (const int ranks : {1, 2, 5}) {
    const auto parts = train("modelled", ranks, plan_by_features(ranks));
    for (const WorkerReport& part : parts) {
      EXPECT_EQ(part.step_ends.size(), alone.step_ends.size());
      EXPECT_EQ(part.epochs[1].samples, 210);
      EXPECT_EQ(part.epochs[1].loss_sum, parts[0].epochs[1].loss_sum);
      EXPECT_NEAR(part.epochs[1].loss_sum, alone.epochs[1].loss_sum, 1e-3);
    }
    EXPECT_EQ(parts[0].epochs[1].accuracy, alone.epochs[1].accuracy);
  }
}

TEST(Worker, ByFeaturesTrainsToTheSameBitsOverEveryTransport) {
  for (const auto algorithm : {AllReduce::Algorithm::ring, AllReduce::Algorithm::all_to_all}) {
    TrainingPlan plan = plan_by_features(3);
    plan.strategy = AllReduce{algorithm};
    plan.hashed_steps = {3};
    const auto expected = train("modelled", 3, plan);
    EXPECT_NE(expected[0].weights_sha256, expected[1].weights_sha256);
    for (const char* transport : {"tcp", "shaped"}) {
      const auto reports = train(transport, 3, plan);
      for (std::size_t rank = 0; rank < 3; ++rank) {
        EXPECT_EQ(reports[rank].weights_sha256.size(), 64U);
        EXPECT_EQ(reports[rank].weights_sha256, expected[rank].weights_sha256) << transport;
        EXPECT_EQ(reports[rank].hashes, expected[rank].hashes) << transport;
        EXPECT_EQ(reports[rank].sent.bytes.count, expected[rank].sent.bytes.count);
      }
      EXPECT_EQ(reports[0].epochs[1].accuracy, expected[0].epochs[1].accuracy);
    }
  }
}

// Two nodes: in a step each sends its sums of the batch, 40 x 16 floats or in the last of a pass 10
// x 16, in two halves; after each epoch node 1 sends the weights of its 392 features.
TEST(Worker, ByFeaturesSendsSumsAndNoGradients) {
  const auto reports = train("modelled", 2, plan_by_features(2));
  const std::int64_t sums = 2 * (5 * 40 + 10) * 16;
  EXPECT_EQ(reports[0].sent.bytes.count, 4 * sums);
  EXPECT_EQ(reports[1].sent.bytes.count, 4 * (sums + 2 * 392 * 16));
}

// A server that trains sums in the order of ranks, as all-to-all does: the same weights.
TEST(Worker, AServerThatTrainsEqualsAllToAll) {
  const auto server = train("modelled", 3, small_plan(ParameterServer{false}, 3));
  const auto peers =
      train("modelled", 3, small_plan(AllReduce{AllReduce::Algorithm::all_to_all}, 3));
  EXPECT_EQ(server[0].weights_sha256, peers[0].weights_sha256);
}

// A synchronous step over N nodes is the step of one node with the whole batch, up to rounding.
TEST(Worker, ManyNodesLearnWhatOneLearns) {
  const auto alone = train("modelled", 1, small_plan(SingleNode{}, 1));
  const auto together = train("modelled", 4, small_plan(AllReduce{}, 4));
  double loss = 0.0;
  std::int64_t samples = 0;
  for (const WorkerReport& report : together) {
    loss += report.epochs.back().loss_sum;
    samples += report.epochs.back().samples;
  }
  EXPECT_EQ(samples, 210);
  EXPECT_NEAR(loss, alone[0].epochs.back().loss_sum, 0.01 * loss);
  EXPECT_LT(alone[0].epochs[1].loss_sum, 0.9 * alone[0].epochs[0].loss_sum);
  EXPECT_EQ(alone[0].step_ends.size(), 12U);  // 2 epochs of 5 full steps and one of 10 samples
}

TEST(Worker, EndsForAllWhenTheControlSaysSo) {
  const TrainingPlan plan = small_plan(AllReduce{}, 2);
  const auto world = make_world("modelled", star_of(2, BitsPerSecond{1'000'000'000}, 10us));
  NoLimit control(8);
  std::vector<WorkerReport> reports(2);
  std::vector<Task<void>> tasks;
  for (Rank rank = 0; rank < 2; ++rank) {
    tasks.push_back(work(*world, rank, plan, control, reports[static_cast<std::size_t>(rank)]));
  }
  world->run(std::move(tasks));
  for (const WorkerReport& report : reports) {
    EXPECT_EQ(report.step_ends.size(), 8U);
    EXPECT_EQ(report.epochs.size(), 2U);
    EXPECT_FALSE(report.epochs[1].accuracy);
  }
}

struct VirtualRun {
  std::vector<WorkerReport> reports;
  TimePoint end;
};

VirtualRun train_virtually(const TrainingPlan& plan, int ranks, VirtualProcessorOptions options,
                           std::vector<double> speeds, std::int64_t steps = 1'000'000) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  ModelledNetwork network(clock, star_of(ranks, BitsPerSecond{100'000'000}, 200us),
                          RandomStreams(plan.seed));
  VirtualProcessors processors(clock, options, speeds);
  NoLimit control(steps);
  std::vector<WorkerReport> reports(static_cast<std::size_t>(ranks));
  TaskGroup group(context.get_executor());
  for (Rank rank = 0; rank < ranks; ++rank) {
    group.spawn([](WorkerContext context, const TrainingPlan& plan,
                   WorkerReport& report) -> Task<void> {
      co_await run_worker(context, plan, report);
    }({clock, network.endpoint(rank), processors.of(rank), control}, plan,
                                         reports[static_cast<std::size_t>(rank)]));
  }
  clock.run(context);
  EXPECT_TRUE(group.done()) << network.waiting();
  return {reports, clock.now()};
}

// One node, speed 2: five steps of 40 rows cost 4 ms each and one of 10 rows 1 ms, their updates
// 0.1 ms; at twice the speed an epoch takes (5 * 4.1 + 1.1) / 2 = 10.8 ms.
TEST(Worker, ChargesItsCostsToTheNode) {
  const auto run = train_virtually(small_plan(SingleNode{}, 1), 1, {}, {2.0});
  ASSERT_EQ(run.reports[0].epochs.size(), 2U);
  EXPECT_EQ(run.reports[0].epochs[0].end - run.reports[0].epochs[0].start, 10'800us);
  EXPECT_EQ(run.reports[0].compute, 21'600us);
}

// Four nodes of 10 rows each, 1 ms: alone on their machines at once, on one shared core in turn.
TEST(Worker, NodesOfOneHostShareItsCores) {
  TrainingPlan plan = small_plan(AllReduce{}, 4);
  const auto apart = train_virtually(plan, 4, {}, {1, 1, 1, 1});
  const auto together = train_virtually(plan, 4, {.cores = 1.0, .host_cores = 1}, {1, 1, 1, 1});
  const auto halved = train_virtually(plan, 4, {.cores = 0.5, .host_cores = {}}, {1, 1, 1, 1});
  // 12 steps: 10 of 10 rows, two of 2 or 3 rows (0.2 or 0.3 ms), 12 updates of 0.1 ms.
  EXPECT_EQ(apart.reports[3].compute, 10'000us + 2 * 300us + 1'200us);
  EXPECT_EQ(halved.reports[3].compute, 2 * apart.reports[3].compute);
  EXPECT_GT(together.reports[3].compute, 3 * apart.reports[3].compute);
  EXPECT_EQ(together.reports[0].weights_sha256, apart.reports[0].weights_sha256);
}

// Two nodes of 392 features each: their passes of 40 rows take 4 ms, of which the sums before the
// exchange are the share of their operations, 2 x 392 x 16 of 2 x 2 x 392 x 16 + 3 x 2 x 16 x 10.
TEST(Worker, ByFeaturesExchangesWithinThePass) {
  const TrainingPlan plan = plan_by_features(2);
  const auto run = train_virtually(plan, 2, {}, {1, 1}, 1);
  EXPECT_EQ(run.reports[0].compute, 4'100us);
  EXPECT_DOUBLE_EQ(share_before_sums(plan.model, 392), 12544.0 / (2 * 12544 + 960));
  const Duration exchange =
      run.reports[0].exchange.send + run.reports[0].exchange.wait + run.reports[0].exchange.reduce;
  EXPECT_GT(exchange, 400us);  // two steps of a ring over 200 us each
  EXPECT_EQ(run.reports[0].step_ends[0] - run.reports[0].epochs[0].start, 4'100us + exchange);
}

// The training of 12 steps in two epochs is cut off after `steps`; what goes on from its checkpoint
// ends with the same bits at the same times, or, without the steps before it, so much earlier and
// with the same report.
class Resumed : public testing::TestWithParam<Checkpoints::Earlier> {};

TEST_P(Resumed, EndsAsATrainingThatWasNotInterrupted) {
  const auto path =
      std::filesystem::temp_directory_path() / ("resumed-test-" + std::to_string(getpid()));
  for (const TrainingPlan& made : {small_plan(AllReduce{}, 3), small_plan(ParameterServer{true}, 3),
                                   small_plan(ParameterServer{false}, 3), plan_by_features(3)}) {
    for (const OptimizerKind optimizer : {OptimizerKind::sgd, OptimizerKind::adam}) {
      for (const std::int64_t steps : {5, 6, 8, 11}) {
        TrainingPlan plan = made;
        plan.optimizer.kind = optimizer;
        plan.hashed_steps = {2, 9};
        const auto whole = train_virtually(plan, 3, {}, {1.0, 1.5, 0.7});
        const auto checkpoints = [&path] {
          return std::make_shared<CheckpointFile>(path, "test", 3, 2, GetParam());
        };
        plan.checkpoints = checkpoints();
        train_virtually(plan, 3, {}, {1.0, 1.5, 0.7}, steps);
        plan.checkpoints = checkpoints();
        EXPECT_EQ(plan.checkpoints->resumed_steps(), steps / 2 * 2);
        const auto resumed = train_virtually(plan, 3, {}, {1.0, 1.5, 0.7});
        const bool again = GetParam() == Checkpoints::Earlier::passed_through;
        EXPECT_EQ(resumed.end == whole.end, again);
        for (std::size_t rank = 0; rank < 3; ++rank) {
          const WorkerReport& got = resumed.reports[rank];
          const WorkerReport& expected = whole.reports[rank];
          EXPECT_EQ(got.weights_sha256, expected.weights_sha256);
          EXPECT_EQ(got.hashes, expected.hashes);
          EXPECT_EQ(got.compute, expected.compute);
          EXPECT_EQ(got.sent, expected.sent);
          EXPECT_EQ(got.confusion, expected.confusion);
          for (std::size_t epoch = 0; epoch < 2; ++epoch) {
            EXPECT_EQ(got.epochs[epoch].loss_sum, expected.epochs[epoch].loss_sum);
            EXPECT_EQ(got.epochs[epoch].accuracy, expected.epochs[epoch].accuracy);
            EXPECT_EQ(got.epochs[epoch].samples, expected.epochs[epoch].samples);
          }
          ASSERT_EQ(got.step_ends.size(), expected.step_ends.size());
          EXPECT_TRUE(!again || got.step_ends == expected.step_ends);
        }
        std::filesystem::remove(path);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Worker, Resumed,
                         testing::Values(Checkpoints::Earlier::passed_through,
                                         Checkpoints::Earlier::left_out),
                         [](const auto& info) {
                           return info.param == Checkpoints::Earlier::left_out ? "LeftOut"
                                                                               : "PassedThrough";
                         });

// Whoever hands in its state waits for the others: the times of the steps do not show it, nor how
// long the run was away.
TEST(Worker, TimesGoOnWhereTheyStopped) {
  const auto path =
      std::filesystem::temp_directory_path() / ("times-test-" + std::to_string(getpid()));
  TrainingPlan plan = small_plan(SingleNode{}, 1);
  const auto whole = train_virtually(plan, 1, {}, {2.0});
  const auto checkpoints = [&path] {
    return std::make_shared<CheckpointFile>(path, "test", 1, 4, Checkpoints::Earlier::left_out);
  };
  plan.checkpoints = checkpoints();
  train_virtually(plan, 1, {}, {2.0}, 9);
  plan.checkpoints = checkpoints();
  const auto resumed = train_virtually(plan, 1, {}, {2.0});
  EXPECT_EQ(resumed.reports[0], whole.reports[0]);
  EXPECT_LT(resumed.end, whole.end);
  std::filesystem::remove(path);
}

TEST(Worker, TimingOnlyTakesTheSameTimeAsTheArithmetic) {
  TrainingPlan kept = small_plan(ParameterServer{true}, 3);
  // With a partition of its own, a node takes other numbers of samples in other steps.
  kept.samples.partition.redrawn = false;
  for (TrainingPlan plan : {small_plan(AllReduce{}, 3), kept, plan_by_features(3)}) {
    const auto full = train_virtually(plan, 3, {}, {1.0, 1.5, 0.7});
    plan.data = nullptr;
    const auto timing = train_virtually(plan, 3, {}, {1.0, 1.5, 0.7});
    EXPECT_EQ(full.end, timing.end);
    EXPECT_EQ(full.reports[2].step_ends, timing.reports[2].step_ends);
    EXPECT_EQ(timing.reports[0].weights_sha256, "");
    EXPECT_FALSE(timing.reports[0].epochs[0].accuracy);
  }
}

TEST(PoolCompute, DoesTheWorkElsewhereAndReportsItsErrorsAtHome) {
  boost::asio::io_context context(1);
  boost::asio::thread_pool pool(2);  // its threads end before the context that they post to
  PoolCompute compute(pool, context.get_executor());
  const auto home = std::this_thread::get_id();
  std::thread::id worked_in;
  std::thread::id done_in;
  compute.start(
      {}, [&] { worked_in = std::this_thread::get_id(); },
      [&] { done_in = std::this_thread::get_id(); });
  context.run();
  EXPECT_TRUE(worked_in != home);
  EXPECT_TRUE(done_in == home);

  std::string error;
  TaskGroup tasks(context.get_executor());
  tasks.spawn([](Compute& compute, std::string& error) -> Task<void> {
    try {
      co_await compute.run({}, [] { throw std::runtime_error("broken"); });
    } catch (const std::runtime_error& broken) {
      error = broken.what();
    }
  }(compute, error));
  context.restart();
  context.run();
  EXPECT_TRUE(tasks.done());
  EXPECT_EQ(error, "broken");
}

}  // namespace
}  // namespace gradwire
