// Programs of the user's own: what they are told, and what becomes of what they say.
#include "sim/runners/command_run.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/runners/command_lines.hpp"
#include "tests/sim/runners/made_up.hpp"
#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

HostPlan three_hosts() {
  HostPlan plan;
  plan.port = 50'501;
  for (const char* address : {"10.1.0.2", "10.1.0.3", "10.1.0.4"}) {
    HostPlan::Host& host = plan.hosts.emplace_back();
    host.address = address;
    host.interfaces = {{"eth0", "02:00:00:00:00:01"}};
  }
  return plan;
}

nlohmann::json tf_config_of(std::size_t rank) {
  for (const std::string& variable : rank_environment(three_hosts(), rank)) {
    if (variable.starts_with("TF_CONFIG=")) return nlohmann::json::parse(variable.substr(10));
  }
  return {};
}

TEST(CommandLines, ARankKnowsItsPlace) {
  EXPECT_THAT(rank_environment(three_hosts(), 2),
              testing::IsSupersetOf({"RANK=2", "LOCAL_RANK=0", "WORLD_SIZE=3",
                                     "MASTER_ADDR=10.1.0.2", "MASTER_PORT=50501",
                                     "GLOO_SOCKET_IFNAME=eth0", "NCCL_SOCKET_IFNAME=eth0"}));
}

TEST(CommandLines, TheFirstRankIsTheChiefOfTensorFlow) {
  const auto cluster = nlohmann::json::parse(
      R"({"chief": ["10.1.0.2:50501"], "worker": ["10.1.0.3:50501", "10.1.0.4:50501"]})");
  EXPECT_EQ(tf_config_of(0),
            (nlohmann::json{{"cluster", cluster}, {"task", {{"type", "chief"}, {"index", 0}}}}));
  EXPECT_EQ(tf_config_of(2),
            (nlohmann::json{{"cluster", cluster}, {"task", {{"type", "worker"}, {"index", 1}}}}));
}

TEST(CommandLines, MetricsAreReadFromLinesOfTheProtocol) {
  EXPECT_THAT(metrics_of("gradwire: step=3 loss=0.21"),
              ElementsAre(Pair("step", "3"), Pair("loss", "0.21")));
  EXPECT_THAT(metrics_of("gradwire: a=b=c none =x  last="),
              ElementsAre(Pair("a", "b=c"), Pair("last", "")));
  EXPECT_THAT(metrics_of("gradwire:step=3"), IsEmpty());
  EXPECT_THAT(metrics_of("step=3"), IsEmpty());
  EXPECT_THAT(metrics_of(""), IsEmpty());
  EXPECT_THAT(metrics_of("gradwire: a\033[2J=\xff" + std::string(300, 'x')),
              ElementsAre(Pair("a?[2J", "?" + std::string(199, 'x'))));
}

TEST(CommandLines, SecondsOfAStepAreOnesThatACommandCanTake) {
  const auto problem = [](const char* seconds) {
    return problem_of(metrics_of(std::string("gradwire: step=1 seconds=") + seconds));
  };
  for (const char* seconds : {"0", "0.25", "86400"}) EXPECT_EQ(problem(seconds), "") << seconds;
  for (const char* seconds : {"1e18", "86400.5", "-1", "inf", "nan", "long", "1e999"}) {
    EXPECT_EQ(problem(seconds),
              std::string("seconds=") + seconds + "; allowed: a number from 0 to 86400");
  }
  EXPECT_EQ(problem_of(metrics_of("gradwire: evaluation=1 seconds=1e18")), "");
}

std::vector<std::pair<std::int64_t, std::string>> read(
    const std::vector<GrowingFile::Line>& lines) {
  std::vector<std::pair<std::int64_t, std::string>> read;
  for (const GrowingFile::Line& line : lines) read.emplace_back(line.number, line.text);
  return read;
}

TEST(CommandLines, AGrowingFileIsReadLineByLine) {
  const TemporaryFolder folder;
  std::ofstream writer(folder.path() / "log");
  GrowingFile file(folder.path() / "log");
  EXPECT_THAT(file.next(), IsEmpty());
  writer << "gradwire: one\ngradwire: tw" << std::flush;
  EXPECT_THAT(read(file.next()), ElementsAre(Pair(1, "gradwire: one")));
  EXPECT_THAT(file.next(), IsEmpty());
  writer << "o\n\nother\ngradwire: five" << std::flush;
  EXPECT_THAT(read(file.next()), ElementsAre(Pair(2, "gradwire: two")));
  EXPECT_EQ(file.last_words(), "other");
  EXPECT_THAT(read(file.rest()), ElementsAre(Pair(5, "gradwire: five")));
  EXPECT_TRUE(file.is_read());
  EXPECT_EQ(file.last_words(), "gradwire: five");
}

TEST(CommandLines, AFileThatGrowsFastIsReadInParts) {
  const TemporaryFolder folder;
  std::ofstream writer(folder.path() / "log");
  GrowingFile file(folder.path() / "log");
  // 4 bytes a line: 1 MiB ends with line 262144, and the line of the protocol comes after 1.5 MiB.
  for (int line = 0; line < 393'216; ++line) writer << "yes\n";
  writer << "gradwire: a=1\n" << std::flush;
  EXPECT_THAT(file.next(), IsEmpty());
  EXPECT_EQ(file.last_words(), "yes");
  EXPECT_THAT(read(file.next()), ElementsAre(Pair(393'217, "gradwire: a=1")));
}

TEST(CommandLines, WhatComesAfterTheEndIsLeft) {
  const TemporaryFolder folder;
  std::ofstream writer(folder.path() / "log");
  GrowingFile file(folder.path() / "log");
  writer << std::string(3 << 19, 'x') << std::flush;
  EXPECT_THAT(file.rest(), IsEmpty());
  EXPECT_FALSE(file.is_read());
  writer << "\ngradwire: late\n" << std::flush;
  EXPECT_THAT(file.rest(), IsEmpty());
  EXPECT_TRUE(file.is_read());
}

TEST(CommandLines, ALongLineIsCut) {
  const TemporaryFolder folder;
  std::ofstream writer(folder.path() / "log");
  GrowingFile file(folder.path() / "log");
  const std::string begin = "gradwire: a=";
  writer << begin << std::string(100'000, 'x') << "\n\033[2J\nnext" << std::flush;
  const auto lines = read(file.next());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].second.size(), 65'536U);
  EXPECT_EQ(file.last_words(), "?[2J");
}

// 3 epochs of 4 steps; 1 + 4 of them are asked for.
const std::string kCommand = shortest_with(
    "command: [python3, train.py]\n"
    "training: {epoch: {steps: 4}, epochs: 3}\n"
    "measure: {warmup: 1, steps: 4}\n");

PointRun command_run(const std::vector<std::string>& overrides = {}) {
  DataSource data;
  return make_point_run(load(kCommand, overrides).points.front(), 0, data, nullptr, false);
}

// Two ranks, which have run for 30 s; what rank 0 has said of its steps.
RunOutcome outcome_of(std::vector<ReportedMetric> metrics) {
  RunOutcome outcome;
  outcome.workers.resize(2);
  outcome.workers[0].epochs.push_back({TimePoint{}, TimePoint(30s), 0.0, 0, {}});
  outcome.workers[0].sent.bytes = Bytes{1000};
  outcome.workers[1].sent.bytes = Bytes{500};
  outcome.metrics = std::move(metrics);
  return outcome;
}

// Steps of these seconds, with losses 10, 9, 8, ...; a second between the lines.
RunOutcome steps_of(const std::vector<std::string>& seconds) {
  std::vector<ReportedMetric> metrics;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const auto line = static_cast<std::int64_t>(i) + 5;
    const auto arrival = static_cast<double>(i + 1);
    metrics.push_back({0, line, arrival, "step", std::to_string(i)});
    if (!seconds[i].empty()) metrics.push_back({0, line, arrival, "seconds", seconds[i]});
    metrics.push_back({0, line, arrival, "loss", std::to_string(10 - static_cast<int>(i))});
  }
  metrics.push_back({1, 1, 0.5, "step", "0"});
  return outcome_of(std::move(metrics));
}

TEST(CommandResult, StepsThatWereAskedForAreExtrapolated) {
  EXPECT_EQ(steps_wanted(command_run()), 5);
  const RepeatResult result =
      command_result(command_run(), steps_of({"9", "0.2", "0.3", "0.2", "0.3"}));
  EXPECT_EQ(result.arithmetic, "command");
  EXPECT_TRUE(result.extrapolated);
  EXPECT_EQ(result.steps_run, 5);
  EXPECT_EQ(result.steps_total, 12);
  // Without the warm-up 0.25 s on average.
  EXPECT_DOUBLE_EQ(result.seconds_per_step, 0.25);
  EXPECT_DOUBLE_EQ(result.train_seconds, 12 * 0.25);
  EXPECT_EQ(result.bytes_sent, 1500 * 12 / 5);
  EXPECT_EQ(result.nodes.at(1).bytes_sent, 500);
  EXPECT_EQ(result.loss, std::nullopt);
  EXPECT_EQ(result.weights_sha256, "");
  EXPECT_EQ(result.metrics.size(), 16U);
}

TEST(CommandResult, AnyOtherNumberIsTheWholeTraining) {
  const RepeatResult result = command_result(command_run(), steps_of({"9", "0.5", "0.5"}));
  EXPECT_FALSE(result.extrapolated);
  EXPECT_EQ(result.steps_total, 3);
  EXPECT_DOUBLE_EQ(result.train_seconds, 10.0);
  EXPECT_EQ(result.epochs, 1);
  EXPECT_EQ(result.loss, (10 + 9 + 8) / 3.0);
}

TEST(CommandResult, AllStepsMakeEpochs) {
  const std::vector<std::string> seconds(12, "0.5");
  const RepeatResult result = command_result(command_run({"measure=all"}), steps_of(seconds));
  EXPECT_FALSE(result.extrapolated);
  EXPECT_EQ(result.epoch_results.size(), 3U);
  EXPECT_DOUBLE_EQ(result.epoch_results[1].end_seconds, 4.0);
  EXPECT_EQ(result.epoch_results[1].loss, (6 + 5 + 4 + 3) / 4.0);
  EXPECT_EQ(result.loss, (2 + 1 + 0 - 1) / 4.0);
}

TEST(CommandResult, LinesWithoutSecondsAreTimedByWhenTheyCome) {
  const RepeatResult result = command_result(command_run(), steps_of({"", "", "nan"}));
  EXPECT_DOUBLE_EQ(result.train_seconds, 3.0);
}

TEST(CommandResult, ACommandWithoutStepsIsOne) {
  const RepeatResult result =
      command_result(command_run(), outcome_of({{0, 1, 2.0, "accuracy", "0.5"}}));
  EXPECT_FALSE(result.extrapolated);
  EXPECT_EQ(result.steps_total, 1);
  EXPECT_DOUBLE_EQ(result.train_seconds, 30.0);
  EXPECT_EQ(result.accuracy, 0.5);
  EXPECT_EQ(result.epoch_results.back().accuracy, 0.5);
  EXPECT_EQ(result.loss, std::nullopt);
}

TEST(CommandResult, ALossThatIsNoNumberIsUnknown) {
  RunOutcome outcome = steps_of({"1", "1"});
  outcome.metrics[2].value = "much";
  EXPECT_EQ(command_result(command_run(), outcome).loss, std::nullopt);
}

std::string refusal_of(const std::string& text, Mode mode) {
  try {
    check_mode(load(text), mode);
    return "";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

TEST(CommandMode, OnlyHostsRunACommand) {
  for (const Mode mode : {Mode::virtual_time, Mode::local, Mode::mpi, Mode::hosts}) {
    EXPECT_THAT(refusal_of(kCommand, mode),
                HasSubstr("s.yaml:4: command: " + to_string(mode) +
                          " mode has no hosts to run it on; allowed: --mode netns, lxc or podman, "
                          "or model.kind profile and --mode virtual to predict it"));
  }
}

TEST(CommandMode, AProfileOfItIsPredicted) {
  const std::string text = shortest_with(
      "command: [python3, train.py]\n"
      "model: {kind: profile, table: [{name: all, parameters: 10, flops: 20}]}\n"
      "data: {kind: none}\n"
      "nodes: {flops: 1Gflops}\n");
  EXPECT_EQ(refusal_of(text, Mode::virtual_time), "");
  EXPECT_THAT(refusal_of(text, Mode::local), HasSubstr("local mode has no hosts"));
}

TEST(CommandMode, ACommandKeepsItsOwnWeights) {
  const std::string text = shortest_with("command: [train]\ntraining: {weights: kept}\n");
  EXPECT_THAT(refusal_of(text, Mode::netns), HasSubstr("training.weights: netns mode leaves"));
}

}  // namespace
}  // namespace gradwire
