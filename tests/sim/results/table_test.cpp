#include "sim/results/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

RepeatResult plain_result(int point, int repeat, double train_seconds) {
  RepeatResult result = example_result(point, repeat);
  result.train_seconds = train_seconds;
  result.extrapolated = false;
  result.seconds_per_step_spread = 0;
  result.metrics.clear();
  return result;
}

TEST(Table, OneRowAPointWithMedianAndRange) {
  EXPECT_EQ(result_table(example_run(), {plain_result(0, 0, 0.010), plain_result(0, 1, 0.012),
                                         plain_result(1, 0, 150)}),
            "vnx-mlp (virtual)\n"
            "\n"
            "nodes  bandwidth  repeats  train time  spread      accuracy  per step     sent\n"
            "    1     10Mbit      2/2     11.0 ms  10.0..12.0    0.9000   31.2 ms  1.00 MB\n"
            "    1      1Gbit      1/2    2.50 min                0.9000   31.2 ms  2.00 MB\n"
            "    2     10Mbit      0/2           -                     -         -        -\n"
            "    2      1Gbit      0/2           -                     -         -        -\n"
            "\n"
            "a..b    smallest and largest repeat (fewer than six)\n");
}

TEST(Table, MarksAreExplainedWhereUsed) {
  RunDescription run = example_run_without_sweep();
  run.repeats = 1;
  RepeatResult result = example_result(0, 0);
  result.metrics.clear();
  result.host_distorted = true;
  result.distortion = "timers 3 ms late";
  EXPECT_EQ(result_table(run, {result}),
            "vnx-mlp (virtual)\n"
            "\n"
            "repeats  train time     accuracy      per step     sent\n"
            "    1/1      12.5 s ~!    0.9000  31.2 ms ±1.0  1.00 MB\n"
            "\n"
            "±       95 % interval over the steps of one repeat\n"
            "~       extrapolated from the steps that were measured\n"
            "!       distorted by this machine, first by: timers 3 ms late\n");
}

TEST(Table, ShowsWhatACommandHasReportedLast) {
  RunDescription run = example_run();
  run.repeats = 1;
  RepeatResult result = plain_result(1, 0, 1);
  result.metrics = {{0, 1, 0.1, "step", "0"},      {0, 1, 0.1, "loss", "2.5"},
                    {0, 2, 0.2, "loss", "1.25"},   {0, 3, 0.3, "loss", "nan"},
                    {0, 3, 0.3, "stage", "ended"}, {1, 2, 0.2, "memory", "7"}};
  const std::string table = result_table(run, {result});
  EXPECT_NE(table.find("accuracy  loss  per step"), std::string::npos) << table;
  EXPECT_NE(table.find("0.9000  1.25   31.2 ms"), std::string::npos) << table;
  EXPECT_EQ(table.find("memory"), std::string::npos) << table;
  EXPECT_EQ(table.find("stage"), std::string::npos) << table;
}

TEST(Table, SixRepeatsHaveAnInterval) {
  RunDescription run = example_run_without_sweep();
  std::vector<RepeatResult> results;
  for (int repeat = 0; repeat < 6; ++repeat) results.push_back(plain_result(0, repeat, 1 + repeat));
  const std::string table = result_table(run, results);
  EXPECT_NE(table.find("3.50 s  [1.00, 6.00]"), std::string::npos) << table;
  EXPECT_NE(table.find("[a, b]  95 % interval of the median\n"), std::string::npos) << table;
}

TEST(Table, ColourOnlyAddsEscapeCodes) {
  RepeatResult distorted = example_result(0, 0);
  distorted.host_distorted = true;
  const std::string plain = result_table(example_run(), {distorted});
  const std::string coloured = result_table(example_run(), {distorted}, true);
  EXPECT_NE(plain, coloured);
  std::string stripped;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      stripped += coloured[i];
    }
  }
  EXPECT_EQ(stripped, plain);
}

TEST(Table, ThreeAxesFitAHundredColumns) {
  RunDescription run = example_run_without_sweep();
  run.axes = {"network.nodes", "network.bandwidth", "strategy.algorithm"};
  run.points = {{{"network.nodes", "1000"},
                 {"network.bandwidth", "100Mbit"},
                 {"strategy.algorithm", "all-to-all"}}};
  run.repeats = 10;
  std::vector<RepeatResult> results;
  for (int repeat = 0; repeat < 10; ++repeat) results.push_back(example_result(0, repeat));
  std::istringstream lines(result_table(run, results));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Table, AxesThatEndAlikeKeepTheirWholeKey) {
  RunDescription run = example_run_without_sweep();
  run.axes = {"model.kind", "data.kind"};
  run.points = {{{"model.kind", "mlp"}, {"data.kind", "digits"}}};
  const std::string table = result_table(run, {});
  EXPECT_NE(table.find("model.kind  data.kind  repeats"), std::string::npos) << table;
  EXPECT_NE(table.find("\nmlp         digits         0/2"), std::string::npos) << table;
}

}  // namespace
}  // namespace gradwire
