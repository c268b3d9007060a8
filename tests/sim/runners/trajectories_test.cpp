// One computation for all who learn the same.
#include "sim/runners/trajectories.hpp"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "netmodel/check.hpp"
#include "sim/runners/point_run.hpp"
#include "tests/sim/runners/made_up.hpp"

namespace gradwire {
namespace {

TrainingPlan training(const std::vector<std::string>& overrides = {}) {
  MadeUpRun run(tiny_scenario(), overrides);
  const Scenario& scenario = run.plan.points[0].scenario;
  return training_of(scenario, 0, run.data.shape(scenario.data));
}

TEST(TrajectoryKey, DiffersWithAllThatChangesTheWeights) {
  std::set<std::string> keys = {trajectory_key(training())};
  for (const char* change :
       {"model.hidden=[17]", "model.loss=mse", "training.optimizer.rate=0.2",
        "training.optimizer.momentum=0.5", "training.seed=2", "training.epochs=3",
        "training.epoch.steps=4", "training.batch.per_node=9", "data.train=97", "network.nodes=3",
        "data.augment.flip=0.5", "data.augment.shift=1", "strategy.algorithm=all-to-all",
        "strategy={kind: parameter-server}",
        "strategy={kind: parameter-server, server: dedicated}"}) {
    EXPECT_TRUE(keys.insert(trajectory_key(training({change}))).second) << change;
  }
  TrainingPlan hashed = training();
  hashed.hashed_steps = {1, 2};
  EXPECT_TRUE(keys.insert(trajectory_key(hashed)).second);
}

TEST(TrajectoryKey, IsTheSameForEveryNetworkAndMachine) {
  for (const char* change : {"network.bandwidth=1Gbit", "network.latency=5ms", "nodes.speed=2",
                             "nodes.step_time=1ms", "nodes.host_cores=1", "network.jitter=1ms"}) {
    EXPECT_EQ(trajectory_key(training({change})), trajectory_key(training())) << change;
  }
}

TEST(Trajectories, ComputeOnceAndMergeWhatWasLearnt) {
  Trajectories trajectories;
  RepeatResult learnt = example_result(0, 0);
  const auto all = [&] { return learnt; };
  const auto never = []() -> RepeatResult { throw std::logic_error("computed twice"); };
  EXPECT_EQ(trajectories.share(training(), all, never), learnt);

  RepeatResult timing = learnt;
  timing.point = 3;
  timing.train_seconds = 99;
  timing.loss.reset();
  timing.accuracy.reset();
  timing.weights_sha256.clear();
  timing.weight_hashes.clear();
  for (EpochResult& epoch : timing.epoch_results) {
    epoch.loss.reset();
    epoch.accuracy.reset();
  }
  learnt.point = 3;
  learnt.train_seconds = 99;
  EXPECT_EQ(trajectories.share(training(), never, [&] { return timing; }), learnt);
}

TEST(Trajectories, TellAllWhoWaitOfAnError) {
  Trajectories trajectories;
  const auto fails = []() -> RepeatResult { throw std::runtime_error("no memory"); };
  const auto timing = [] { return example_result(0, 0); };
  EXPECT_THROW(trajectories.share(training(), fails, timing), std::runtime_error);
  EXPECT_THROW(trajectories.share(training(), fails, timing), std::runtime_error);
}

TEST(Trajectories, RefuseToMergeAnotherNumberOfSteps) {
  Trajectories trajectories;
  trajectories.share(
      training(), [] { return example_result(0, 0); }, nullptr);
  RepeatResult shorter = example_result(1, 0);
  shorter.steps_run -= 1;
  EXPECT_THROW(trajectories.share(training(), nullptr, [&] { return shorter; }), CheckFailure);
}

TEST(Trajectories, LetOneOfSeveralThreadsCompute) {
  Trajectories trajectories;
  const TrainingPlan same = training();
  std::atomic<int> computed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      trajectories.share(
          same,
          [&] {
            ++computed;
            return example_result(0, 0);
          },
          [] { return example_result(1, 0); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(computed, 1);
}

}  // namespace
}  // namespace gradwire
