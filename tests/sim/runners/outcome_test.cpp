// Results from reports that were made up.
#include "sim/runners/outcome.hpp"

#include <gmock/gmock.h>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TimePoint at(Duration since_start) { return TimePoint(since_start); }

// Two nodes, 10 samples a step, 2 steps an epoch.
PointRun run_of(int epochs) {
  PointRun run{.scenario = {},
               .point = 4,
               .repeat = 2,
               .training = {.model = mlp({784, 10}),
                            .optimizer = {},
                            .strategy = AllReduce{},
                            .samples = {.samples = 20,
                                        .global_batch = 10,
                                        .training_nodes = 2,
                                        .epochs = epochs,
                                        .fixed_steps = {}},
                            .costs = {},
                            .seed = 9,
                            .data = std::make_shared<Dataset>(),
                            .hashed_steps = {}},
               .topology = nullptr,
               .measure = {}};
  return run;
}

// Two epochs of two steps. Between them rank 0 evaluates for half a second, which is no training.
RunOutcome two_epochs() {
  RunOutcome outcome;
  outcome.workers = {
      {.epochs = {{at(0s), at(1000ms), 3.0, 10, 0.5}, {at(1500ms), at(2500ms), 1.0, 10, 0.75}},
       .step_ends = {at(500ms), at(1000ms), at(2000ms), at(2500ms)},
       .compute = 1200ms,
       .exchange = {.send = 300ms, .wait = 200ms, .reduce = 100ms},
       .sent = {Bytes{4000}, 8},
       .weights_sha256 = "final",
       .hashes = {{1, "first"}, {3, "third"}}},
      {.epochs = {{at(100ms), at(1100ms), 5.0, 10, {}}, {at(1500ms), at(2400ms), 2.0, 10, {}}},
       .step_ends = {at(600ms), at(1100ms), at(2000ms), at(2400ms)},
       .compute = 1300ms,
       .exchange = {},
       .sent = {Bytes{1000}, 3},
       .weights_sha256 = "",
       .hashes = {}}};
  outcome.links = {{"host0-switch", BitsPerSecond{10'000'000}, Bytes{4200}, 800ms}};
  return outcome;
}

TEST(ToResult, OfAWholeRunIsWhatWasMeasured) {
  const RepeatResult result = to_result(run_of(2), two_epochs(), "full");
  EXPECT_EQ(result.point, 4);
  EXPECT_EQ(result.repeat, 2);
  EXPECT_EQ(result.seed, 9U);
  EXPECT_EQ(result.arithmetic, "full");
  EXPECT_FALSE(result.extrapolated);
  EXPECT_EQ(result.epochs, 2);
  EXPECT_EQ(result.steps_total, 4);
  EXPECT_EQ(result.steps_run, 4);
  // Epochs last from the first node's start to the last one's end: 1.1 s and 1.0 s.
  EXPECT_DOUBLE_EQ(result.train_seconds, 2.1);
  EXPECT_DOUBLE_EQ(result.seconds_per_step, 2.1 / 4);
  EXPECT_EQ(result.seconds_per_step_spread, 0.0);
  ASSERT_EQ(result.epoch_results.size(), 2U);
  // Losses are means over the 20 samples of both nodes: (3 + 5) / 20 and (1 + 2) / 20.
  EXPECT_EQ(result.epoch_results[0], (EpochResult{1, 1.1, 1.1, 0.4, 0.5}));
  EXPECT_EQ(result.epoch_results[1].epoch, 2);
  EXPECT_DOUBLE_EQ(result.epoch_results[1].seconds, 1.0);
  EXPECT_DOUBLE_EQ(result.epoch_results[1].end_seconds, 2.1);
  EXPECT_EQ(result.loss, 0.15);
  EXPECT_EQ(result.accuracy, 0.75);
}

TEST(ToResult, HasNodesLinksAndTraffic) {
  const RepeatResult result = to_result(run_of(2), two_epochs(), "full");
  EXPECT_THAT(result.nodes, ElementsAre(NodeTimes{0, 1.2, 0.3, 0.2, 0.1, 4000, 8},
                                        NodeTimes{1, 1.3, 0.0, 0.0, 0.0, 1000, 3}));
  EXPECT_EQ(result.bytes_sent, 5000);
  EXPECT_THAT(result.links, ElementsAre(LinkUsage{"host0-switch", 4200, 0.8, 1e7}));
}

TEST(ToResult, HasTheNotedHashesAndTheLast) {
  EXPECT_EQ(to_result(run_of(2), two_epochs(), "full").weights_sha256, "final");
  EXPECT_THAT(to_result(run_of(2), two_epochs(), "full").weight_hashes,
              ElementsAre(WeightHash{1, "first"}, WeightHash{3, "third"}, WeightHash{4, "final"}));
  RunOutcome outcome = two_epochs();
  outcome.workers[0].hashes[4] = "final";
  EXPECT_EQ(to_result(run_of(2), outcome, "full").weight_hashes.size(), 3U);
}

TEST(ToResult, OfTimingOnlyHasNothingThatIsLearnt) {
  PointRun run = run_of(2);
  run.training.data = nullptr;
  RunOutcome outcome = two_epochs();
  outcome.workers[0].weights_sha256.clear();
  outcome.workers[0].hashes.clear();
  for (auto& epoch : outcome.workers[0].epochs) epoch.accuracy.reset();
  const RepeatResult result = to_result(run, outcome, "off");
  EXPECT_FALSE(result.loss);
  EXPECT_FALSE(result.accuracy);
  EXPECT_FALSE(result.epoch_results[0].loss);
  EXPECT_TRUE(result.weights_sha256.empty());
  EXPECT_TRUE(result.weight_hashes.empty());
  EXPECT_DOUBLE_EQ(result.train_seconds, 2.1);
}

TEST(ToResult, SaysWhyItIsNotToBeBelieved) {
  RunOutcome outcome = two_epochs();
  EXPECT_FALSE(to_result(run_of(2), outcome, "full").host_distorted);
  outcome.distortion = "timers were 3.0 ms late on average";
  const RepeatResult result = to_result(run_of(2), outcome, "full");
  EXPECT_TRUE(result.host_distorted);
  EXPECT_EQ(result.distortion, outcome.distortion);
}

// Six of 20 steps, the epochs being of two steps: one step of warm-up (5 s), then 1.0, 1.2, 1.0,
// 1.0 and 1.05 s. Before each epoch rank 0 has evaluated for three seconds, which belongs to no
// step.
RunOutcome six_steps() {
  RunOutcome outcome;
  WorkerReport& report = outcome.workers.emplace_back();
  report.epochs = {{at(0s), at(6s), 3.0, 20, 0.5},
                   {at(9s), at(11'200ms), 1.0, 20, 0.6},
                   {at(14'200ms), at(16'250ms), 1.0, 20, {}}};
  report.step_ends = {at(5s), at(6s), at(10'200ms), at(11'200ms), at(15'200ms), at(16'250ms)};
  report.compute = 5s;
  report.sent = {Bytes{600}, 12};
  report.weights_sha256 = "sixth";
  outcome.links = {{"host0-switch", BitsPerSecond{10'000'000}, Bytes{660}, 800ms}};
  return outcome;
}

TEST(ToResult, ExtrapolatesFromTheStepsAfterTheWarmUp) {
  PointRun run = run_of(10);
  run.measure = Scenario::MeasureSteps{.warmup = 1, .steps = 5, .at_most = 1min};
  const RepeatResult result = to_result(run, six_steps(), "full");
  EXPECT_TRUE(result.extrapolated);
  EXPECT_EQ(result.steps_total, 20);
  EXPECT_EQ(result.steps_run, 6);  // the warm-up included
  // (1 + 1.2 + 1 + 1 + 1.05) / 5 = 1.05; squares of the differences 0.0025 + 0.0225 + 0.0025 +
  // 0.0025 + 0 = 0.03, deviation sqrt(0.03 / 4) = 0.0866025; Student's t for 4: 2.776445;
  // 2.776445 * 0.0866025 / sqrt(5) = 0.107531.
  EXPECT_NEAR(result.seconds_per_step, 1.05, 1e-12);
  EXPECT_NEAR(result.seconds_per_step_spread, 0.107531, 1e-6);
  EXPECT_NEAR(result.train_seconds, 21.0, 1e-9);
  ASSERT_EQ(result.epoch_results.size(), 10U);
  EXPECT_NEAR(result.epoch_results[0].seconds, 2.1, 1e-9);
  EXPECT_NEAR(result.epoch_results[9].end_seconds, 21.0, 1e-9);
  EXPECT_EQ(result.epoch_results[9].epoch, 10);
  // What was learnt in six steps says nothing about the whole training.
  EXPECT_FALSE(result.loss);
  EXPECT_FALSE(result.accuracy);
  EXPECT_FALSE(result.epoch_results[0].loss);
  EXPECT_EQ(result.bytes_sent, 2000);  // 600 in 6 steps
  // Nodes and links are of the steps that ran.
  EXPECT_EQ(result.nodes[0].bytes_sent, 600);
  EXPECT_DOUBLE_EQ(result.nodes[0].compute_seconds, 5.0);
  EXPECT_EQ(result.links[0].bytes, 660);
  EXPECT_THAT(result.weight_hashes, ElementsAre(WeightHash{6, "sixth"}));
}

TEST(ToResult, HasNoSpreadOfASingleStep) {
  PointRun run = run_of(10);
  run.measure = Scenario::MeasureSteps{.warmup = 1, .steps = 1, .at_most = 1min};
  RunOutcome outcome = six_steps();
  outcome.workers[0].step_ends.resize(2);
  outcome.workers[0].epochs.resize(1);
  const RepeatResult result = to_result(run, outcome, "full");
  EXPECT_DOUBLE_EQ(result.seconds_per_step, 1.0);
  EXPECT_EQ(result.seconds_per_step_spread, 0.0);
  EXPECT_DOUBLE_EQ(result.train_seconds, 20.0);
}

TEST(ToResult, OfNothingIsABug) {
  RunOutcome outcome = six_steps();
  outcome.workers[0].step_ends.clear();
  EXPECT_THROW(to_result(run_of(10), outcome, "full"), CheckFailure);
}

}  // namespace
}  // namespace gradwire
