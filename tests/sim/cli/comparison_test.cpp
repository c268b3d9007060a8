// Prediction against measurement, on results that were made up.
#include "sim/cli/comparison.hpp"

#include <gmock/gmock.h>

#include "netmodel/check.hpp"
#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

using testing::HasSubstr;
using testing::Not;

RepeatResult result(int point, int repeat, double seconds, std::vector<WeightHash> hashes = {}) {
  RepeatResult result;
  result.point = point;
  result.repeat = repeat;
  result.train_seconds = seconds;
  result.weight_hashes = std::move(hashes);
  return result;
}

RunDescription description(const std::string& mode) {
  RunDescription run = example_run();  // 2 x 2 points: nodes 1, 2; 10Mbit, 1Gbit
  run.mode = mode;
  return run;
}

// Point 0: 10 s against a median of 8 s, +25 %. Point 1: 9 s against 10 s, -10 %. Point 2 was not
// measured.
Comparison example_comparison() {
  std::vector<RepeatResult> measured = {result(0, 0, 7.5, {{3, "c"}}), result(0, 1, 8),
                                        result(0, 2, 9), result(1, 0, 10, {{4, "other"}})};
  measured[1].host_distorted = true;
  return compare_results({result(0, 0, 10, {{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}}),
                          result(1, 0, 9, {{4, "d"}}), result(2, 0, 1)},
                         measured);
}

TEST(Comparison, PutsMediansSideBySide) {
  const Comparison comparison = example_comparison();
  ASSERT_EQ(comparison.points.size(), 2U);
  const ComparedPoint& first = comparison.points[0];
  EXPECT_EQ(first.point, 0);
  EXPECT_EQ(first.predicted.median, 10);
  EXPECT_EQ(first.measured.median, 8);
  EXPECT_EQ(first.measured.low, 7.5);
  EXPECT_EQ(first.measured.high, 9);
  EXPECT_DOUBLE_EQ(first.difference, 0.25);
  EXPECT_TRUE(first.host_distorted);
  EXPECT_DOUBLE_EQ(comparison.points[1].difference, -0.1);
  EXPECT_FALSE(comparison.points[1].host_distorted);
  EXPECT_DOUBLE_EQ(comparison.median_difference, 0.175);  // of 0.25 and 0.1
  EXPECT_DOUBLE_EQ(comparison.worst_difference, 0.25);
}

TEST(Comparison, ComparesTheWeightsAfterTheLastStepThatBothNoted) {
  const Comparison comparison = example_comparison();
  EXPECT_EQ(comparison.points[0].hashed_step, 3);
  EXPECT_TRUE(comparison.points[0].same_weights);
  EXPECT_EQ(comparison.points[1].hashed_step, 4);
  EXPECT_FALSE(comparison.points[1].same_weights);
  const Comparison apart =
      compare_results({result(0, 0, 1, {{1, "a"}})}, {result(0, 0, 1, {{2, "a"}})});
  EXPECT_FALSE(apart.points[0].hashed_step);
}

TEST(Comparison, FindsWeightsThatDifferInAnyRepeat) {
  EXPECT_FALSE(example_comparison().same_weights);
  const auto twice = [](const char* second) {
    return std::vector<RepeatResult>{result(0, 0, 1, {{3, "a"}}), result(0, 1, 1, {{2, second}})};
  };
  const Comparison same = compare_results(twice("b"), twice("b"));
  EXPECT_TRUE(same.same_weights);
  EXPECT_EQ(same.points[0].hashed_step, 2);
  EXPECT_FALSE(compare_results(twice("b"), twice("c")).same_weights);
}

TEST(Comparison, OfNothingIsABug) {
  EXPECT_THROW(compare_results({result(0, 0, 1)}, {result(1, 0, 1)}), CheckFailure);
}

TEST(Comparison, IsATable) {
  EXPECT_EQ(comparison_table(description("virtual"), description("local"), example_comparison()),
            "network.nodes  network.bandwidth  virtual     local  spread of local  difference"
            "           weights\n"
            "---------------------------------------------------------------------------------"
            "-----------------\n"
            "            1             10Mbit   10.0 s  8.00 s !   7.50 to 9.00 s     +25.0 %"
            "    same at step 3\n"
            "            1              1Gbit   9.00 s    10.0 s                -     -10.0 %"
            "  DIFFER at step 4\n"
            "\n"
            "difference of virtual against local: median 17.5 %, worst 25.0 %\n"
            "! the machine was too busy for this measurement to be believed\n");
}

TEST(Comparison, OfSingleRepeatsHasNoSpread) {
  const Comparison comparison = compare_results({result(0, 0, 2)}, {result(0, 0, 1)});
  const std::string table =
      comparison_table(description("virtual"), description("local"), comparison);
  EXPECT_THAT(table, Not(HasSubstr("spread")));
  EXPECT_THAT(table, Not(HasSubstr("!")));
  EXPECT_THAT(table, HasSubstr("+100.0 %        -\n"));  // no weights in common
}

TEST(Comparison, IsALineOfJsonForEachPoint) {
  EXPECT_EQ(comparison_json(description("virtual"), description("local"), example_comparison()),
            R"({"scenario":"vnx-mlp","point":{"network.nodes":1,"network.bandwidth":"10Mbit"},)"
            R"("virtual_seconds":10.0,"local_seconds":8.0,"local_low":7.5,"local_high":9.0,)"
            R"("difference":0.25,"host_distorted":true,"same_weights":true})"
            "\n"
            R"({"scenario":"vnx-mlp","point":{"network.nodes":1,"network.bandwidth":"1Gbit"},)"
            R"("virtual_seconds":9.0,"local_seconds":10.0,"local_low":10.0,"local_high":10.0,)"
            R"("difference":-0.09999999999999998,"host_distorted":false,"same_weights":false})"
            "\n");
}

}  // namespace
}  // namespace gradwire
