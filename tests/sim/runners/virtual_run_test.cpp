// One repeat in virtual time: how long it takes by hand, and what happens when it cannot end.
#include "sim/runners/virtual_run.hpp"

#include <gtest/gtest.h>

#include "netmodel/check.hpp"
#include "sim/runners/outcome.hpp"
#include "tests/sim/runners/made_up.hpp"

namespace gradwire {
namespace {

PointRun made(const std::string& scenario, const std::vector<std::string>& overrides = {}) {
  MadeUpRun run(scenario, overrides);
  return make_point_run(run.plan.points[0], 0, run.data, &run.calibration, true);
}

// One node: 12 steps an epoch of 8 rows x 10 us + 50 us = 130 us; two epochs.
TEST(VirtualRun, OfOneNodeTakesWhatItsStepsCost) {
  const PointRun run = made(tiny_scenario("{nodes: 1, bandwidth: 100Mbit}"));
  const RepeatResult result = to_result(run, run_in_virtual_time(run), "full");
  EXPECT_EQ(result.steps_run, 24);
  EXPECT_DOUBLE_EQ(result.train_seconds, 24 * 130e-6);
  EXPECT_DOUBLE_EQ(result.nodes[0].compute_seconds, 24 * 130e-6);
  EXPECT_EQ(result.bytes_sent, 0);
}

// Two nodes, a ring: each sends half of the 784 x 16 + 16 + 16 x 10 + 10 = 12 730 gradients twice a
// step: 2 x 6365 x 4 bytes.
TEST(VirtualRun, OfTwoNodesSendsWhatARingSends) {
  const PointRun run = made(tiny_scenario());
  const RepeatResult result = to_result(run, run_in_virtual_time(run), "full");
  EXPECT_EQ(result.steps_run, 12);
  EXPECT_EQ(result.nodes[0].bytes_sent, 12 * 2 * 6365 * 4);
  EXPECT_EQ(result.bytes_sent, 2 * 12 * 2 * 6365 * 4);
  EXPECT_EQ(result.links.size(), 4U);
}

TEST(VirtualRun, NeedsTheCosts) {
  PointRun run = made(tiny_scenario());
  run.training.costs.reset();
  EXPECT_THROW(run_in_virtual_time(run), CheckFailure);
}

// A model that does not fit the data: the error of a worker ends the run and is not lost.
TEST(VirtualRun, PassesOnWhatAWorkerThrows) {
  PointRun run = made(tiny_scenario());
  run.training.model = mlp({5, 10});
  EXPECT_THROW(run_in_virtual_time(run), std::exception);
}

}  // namespace
}  // namespace gradwire
