// Whole scenarios in virtual time, into a result store.
#include "sim/runners/sweep.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "netmodel/check.hpp"
#include "sim/results/export.hpp"
#include "tests/sim/runners/made_up.hpp"
#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// 2 x 2 x 2 points, of which those that differ in the bandwidth only share their weights.
std::string swept_scenario() {
  return tiny_scenario() +
         "sweep:\n"
         "  network.nodes: [2, 3]\n"
         "  strategy.algorithm: [ring, all-to-all]\n"
         "  network.bandwidth: [10Mbit, 1Gbit]\n"
         "repeats: 2\n";
}

std::string export_of(const std::string& scenario, const SweepOptions& options = {}) {
  MadeUpRun run(scenario);
  run.run(options);
  return export_json(run.store());
}

SweepOptions jobs(int count) {
  SweepOptions options;
  options.jobs = count;
  return options;
}

TEST(Sweep, IsTheSameEveryTime) {
  const std::string first = export_of(swept_scenario());
  EXPECT_THAT(first, HasSubstr("\"weights_sha256\""));
  EXPECT_EQ(export_of(swept_scenario()), first);
}

TEST(Sweep, IsTheSameWithAnyNumberOfJobs) {
  const std::string one = export_of(swept_scenario(), jobs(1));
  EXPECT_EQ(export_of(swept_scenario(), jobs(2)), one);
  EXPECT_EQ(export_of(swept_scenario(), jobs(7)), one);
}

// Jitter draws from the random streams of the repeat, not from those of a thread.
TEST(Sweep, IsTheSameWithJitter) {
  const std::string scenario = tiny_scenario("{nodes: 3, bandwidth: 1Gbit, jitter: 500us}") +
                               "sweep: {network.latency: [1ms, 2ms, 3ms]}\nrepeats: 2\n";
  EXPECT_EQ(export_of(scenario, jobs(3)), export_of(scenario));
}

TEST(Sweep, ToldOfEveryRepeatOnce) {
  std::vector<std::pair<int, int>> started;
  std::vector<std::pair<int, int>> finished;
  SweepOptions options = jobs(3);
  options.started = [&](int point, int repeat) { started.emplace_back(point, repeat); };
  options.finished = [&](const RepeatResult& result) {
    finished.emplace_back(result.point, result.repeat);
  };
  MadeUpRun run(swept_scenario());
  const auto repeats = run.run(options);
  ASSERT_EQ(repeats.size(), 16U);
  std::vector<std::pair<int, int>> stored;
  for (const RepeatResult& repeat : repeats) stored.emplace_back(repeat.point, repeat.repeat);
  EXPECT_THAT(started, testing::UnorderedElementsAreArray(stored));
  EXPECT_THAT(finished, testing::UnorderedElementsAreArray(stored));
}

TEST(Sweep, RunsOnlyWhatIsMissing) {
  MadeUpRun whole(swept_scenario());
  const std::vector<RepeatResult> all = whole.run();
  MadeUpRun run(swept_scenario());
  for (const RepeatResult& result : all) {
    if (result.point != 3 && !(result.point == 6 && result.repeat == 1)) run.store().add(result);
  }
  std::vector<std::pair<int, int>> started;
  SweepOptions options;
  options.started = [&](int point, int repeat) { started.emplace_back(point, repeat); };
  EXPECT_EQ(run.run(options), all);
  EXPECT_THAT(started, UnorderedElementsAre(std::pair(3, 0), std::pair(3, 1), std::pair(6, 1)));
  EXPECT_EQ(export_json(run.store()), export_json(whole.store()));
  started.clear();
  run.run(options);
  EXPECT_THAT(started, IsEmpty());
}

// Points that note hashes after other steps keep their own, whichever of them is computed first.
TEST(Sweep, IsTheSameAfterAResumptionWhereMeasuredStepsAreSwept) {
  const std::string scenario = tiny_scenario() + "sweep: {measure.steps: [2, 5]}\n";
  MadeUpRun whole(scenario);
  const std::vector<RepeatResult> all = whole.run();
  EXPECT_EQ(all[0].weight_hashes.size(), 5U);  // 2 of warm-up, 2 steps, and the last of all
  EXPECT_EQ(all[1].weight_hashes.size(), 8U);
  MadeUpRun run(scenario);
  run.store().add(all[0]);
  EXPECT_EQ(run.run(), all);
}

TEST(Arithmetic, SharedGivesWhatFullGives) {
  MadeUpRun shared(swept_scenario(), {"arithmetic=shared"});
  MadeUpRun full(swept_scenario(), {"arithmetic=full"});
  std::vector<RepeatResult> expected = full.run();
  for (RepeatResult& result : expected) {
    EXPECT_EQ(result.arithmetic, "full");
    EXPECT_EQ(result.weights_sha256.size(), 64U);
    result.arithmetic = "shared";
  }
  EXPECT_EQ(shared.run(), expected);
}

TEST(Arithmetic, AutoIsShared) { EXPECT_EQ(run_once(tiny_scenario()).arithmetic, "shared"); }

TEST(Arithmetic, OffTakesTheSameTimes) {
  MadeUpRun off(swept_scenario(), {"arithmetic=off"});
  MadeUpRun full(swept_scenario(), {"arithmetic=full"});
  std::vector<RepeatResult> expected = full.run();
  for (RepeatResult& result : expected) {
    result.arithmetic = "off";
    result.loss.reset();
    result.accuracy.reset();
    result.weights_sha256.clear();
    result.weight_hashes.clear();
    result.confusion.clear();
    for (EpochResult& epoch : result.epoch_results) {
      epoch.scores.clear();
      epoch.loss.reset();
      epoch.accuracy.reset();
    }
  }
  std::vector<RepeatResult> without = off.run();
  for (RepeatResult& result : without) result.steps_left_out = 0;
  EXPECT_EQ(without, expected);
}

TEST(Sweep, TrainsRepeatsFromOtherSeeds) {
  MadeUpRun run(tiny_scenario() + "repeats: 3\n", {"training.seed=7"});
  const auto repeats = run.run();
  ASSERT_EQ(repeats.size(), 3U);
  EXPECT_EQ(repeats[0].seed, 7U);
  EXPECT_EQ(repeats[2].seed, 9U);
  EXPECT_NE(repeats[0].weights_sha256, repeats[1].weights_sha256);
  EXPECT_NE(repeats[1].weights_sha256, repeats[2].weights_sha256);
  EXPECT_EQ(repeats[0].train_seconds, repeats[1].train_seconds);  // nothing random takes time
  // Repeat 2 of seed 7 is repeat 0 of seed 9.
  EXPECT_EQ(run_once(tiny_scenario(), {"training.seed=9"}).weights_sha256,
            repeats[2].weights_sha256);
}

TEST(Sweep, LearnsTheSameOverEveryNetwork) {
  MadeUpRun run(tiny_scenario() + "sweep: {network.bandwidth: [10Mbit, 1Gbit]}\n");
  const auto repeats = run.run();
  EXPECT_EQ(repeats[0].weights_sha256, repeats[1].weights_sha256);
  EXPECT_EQ(repeats[0].accuracy, repeats[1].accuracy);
  EXPECT_GT(repeats[0].train_seconds, 10 * repeats[1].train_seconds);
}

TEST(Predict, TakesTheTimeOfTheRun) {
  MadeUpRun run(tiny_scenario());
  const RepeatResult predicted = predict(run.plan.points[0], 0, run.data, run.calibration);
  EXPECT_EQ(predicted.train_seconds, run.run()[0].train_seconds);
  EXPECT_EQ(predicted.arithmetic, "off");
}

// The costs of batches of 16 are missing: the second of three points fails.
TEST(Sweep, EndsWithTheFirstErrorAndKeepsWhatIsFinished) {
  const std::string scenario = tiny_scenario() + "sweep: {training.batch.per_node: [8, 16, 32]}\n";
  MadeUpRun run(scenario);
  DataSource data;
  std::vector<CostNeed> needs = cost_needs(run.plan, data);
  needs.erase(needs.begin() + 1);
  const Calibration incomplete = made_up_calibration(needs);
  std::vector<int> started;
  SweepOptions options;
  options.started = [&](int point, int) { started.push_back(point); };
  const auto sweep = [&] { run_sweep(run.plan, run.data, incomplete, run.store(), options); };
  EXPECT_THAT(message_of<CheckFailure>(sweep), HasSubstr("no costs of mlp 784-16-10"));
  EXPECT_THAT(started, ElementsAre(0, 1));
  ASSERT_EQ(run.store().repeats().size(), 1U);
  EXPECT_EQ(run.store().repeats()[0].point, 0);
  // With the costs it goes on.
  EXPECT_EQ(run.run().size(), 3U);
}

TEST(Sweep, RunsRealModesOneByOne) {
  MadeUpRun run(tiny_scenario());
  SweepOptions options;
  options.mode = Mode::local;
  options.jobs = 2;
  EXPECT_THROW(run_sweep(run.plan, run.data, run.calibration, run.store(Mode::local), options),
               CheckFailure);
}

TEST(Mode, HasAName) {
  EXPECT_EQ(parse_mode("virtual"), Mode::virtual_time);
  EXPECT_EQ(parse_mode("local"), Mode::local);
  EXPECT_EQ(to_string(parse_mode("virtual")), "virtual");
  EXPECT_EQ(to_string(parse_mode("local")), "local");
  EXPECT_EQ(message_of<std::invalid_argument>([] { parse_mode("fast"); }),
            "mode 'fast' does not exist; allowed: virtual, local, netns, lxc, podman, mpi");
}

TEST(DescribeRun, SaysAllThatTheResultsDependOn) {
  MadeUpRun run(swept_scenario());
  const auto needs = cost_needs(run.plan, run.data);
  Calibration more = run.calibration;
  more.set_gradients(mlp({1, 2, 3}), 4, std::chrono::seconds(5));
  const RunDescription description = describe_run(run.plan, Mode::virtual_time, more, needs);
  EXPECT_EQ(description.scenario_name, "test");
  EXPECT_EQ(description.mode, "virtual");
  EXPECT_THAT(description.axes,
              ElementsAre("network.nodes", "strategy.algorithm", "network.bandwidth"));
  ASSERT_EQ(description.points.size(), 8U);
  EXPECT_EQ(description.points[1][2].second, "1Gbit");
  EXPECT_EQ(description.repeats, 2);
  EXPECT_EQ(description.resolved_scenario, run.plan.resolved_yaml);
  // Only the costs that were used; none in a mode that measures.
  EXPECT_EQ(description.calibration, run.calibration.restricted_to(needs).text());
  EXPECT_THAT(description.calibration, Not(HasSubstr("mlp 1-2-3")));
  EXPECT_EQ(describe_run(run.plan, Mode::local, more, needs).calibration, "");
}

}  // namespace
}  // namespace gradwire
