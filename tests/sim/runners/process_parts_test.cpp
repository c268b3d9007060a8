// What the runner and the worker processes say to each other.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "sim/runners/control_line.hpp"
#include "sim/runners/granted_steps.hpp"
#include "sim/runners/report_json.hpp"
#include "trainer/data/dataset.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

WorkerReport example_report() {
  WorkerReport report;
  report.epochs.push_back({TimePoint(5ns),
                           TimePoint(7s),
                           0.1 + 0.2,
                           96,
                           0.75,
                           {{"loss", 0.1 + 0.2}, {"bleu4", 0.5, 0.25, 0.75}}});
  report.confusion = {3, 1, 0, 4};
  report.epochs.push_back({TimePoint(8s), TimePoint(9s), 1e-300, 95, std::nullopt});
  report.step_ends = {TimePoint(1s), TimePoint(2s + 1ns)};
  report.compute = 3ms;
  report.exchange = {1ns, 2ns, 3ns};
  report.sent = {Bytes{12'345'678'901}, 77};
  report.weights_sha256 = "abc";
  report.hashes = {{1, "one"}, {2, "two"}};
  return report;
}

TEST(ReportJson, AStateComesBackAsItWas) {
  for (const std::size_t weights : {0U, 1U, 2U, 3U, 1000U}) {
    const NodeState sent{std::vector<float>(weights, 0.1F), {1, 2}, 0.1, example_report()};
    EXPECT_EQ(state_from(nlohmann::json::parse(to_json(sent).dump())), sent);
  }
  EXPECT_THROW(state_from("not base64"), DataError);
  EXPECT_THROW(state_from("AAAA"), DataError);
}

TEST(ReportJson, ComesBackAsItWas) {
  const WorkerReport sent = example_report();
  const WorkerReport got = report_from(nlohmann::json::parse(to_json(sent).dump()));
  ASSERT_EQ(got.epochs.size(), 2U);
  EXPECT_EQ(got.epochs[0].start, sent.epochs[0].start);
  EXPECT_EQ(got.epochs[0].end, sent.epochs[0].end);
  EXPECT_EQ(got.epochs[0].loss_sum, sent.epochs[0].loss_sum);  // to the last bit
  EXPECT_EQ(got.epochs[1].loss_sum, sent.epochs[1].loss_sum);
  EXPECT_EQ(got.epochs[0].samples, 96);
  EXPECT_EQ(got.epochs[0].accuracy, sent.epochs[0].accuracy);
  EXPECT_EQ(got.epochs[1].accuracy, std::nullopt);
  EXPECT_EQ(got.epochs[0].scores, sent.epochs[0].scores);
  EXPECT_TRUE(got.epochs[1].scores.empty());
  EXPECT_EQ(got.confusion, sent.confusion);
  EXPECT_EQ(got.step_ends, sent.step_ends);
  EXPECT_EQ(got.compute, sent.compute);
  EXPECT_EQ(got.exchange.send, 1ns);
  EXPECT_EQ(got.exchange.wait, 2ns);
  EXPECT_EQ(got.exchange.reduce, 3ns);
  EXPECT_EQ(got.sent.bytes, sent.sent.bytes);
  EXPECT_EQ(got.sent.messages, 77);
  EXPECT_EQ(got.weights_sha256, "abc");
  EXPECT_EQ(got.hashes, sent.hashes);
}

TEST(ReportJson, SamplesComeBackAsTheyWere) {
  const std::vector<ResourceSample> sent{{.rank = 2,
                                          .seconds = 1.25,
                                          .cpu_share = 0.1,
                                          .memory_bytes = 3,
                                          .bytes_received = 4,
                                          .bytes_sent = 5,
                                          .packets_received = 6,
                                          .packets_sent = 7,
                                          .retransmits = 8,
                                          .gpu_share = {},
                                          .gpu_memory_bytes = {}},
                                         {.gpu_share = 0.5, .gpu_memory_bytes = 9}};
  EXPECT_EQ(samples_from(nlohmann::json::parse(to_json(sent).dump())), sent);
}

TEST(ReportJson, ALossThatIsNoNumber) {
  WorkerReport report = example_report();
  report.epochs[0].loss_sum = std::numeric_limits<double>::quiet_NaN();
  const WorkerReport got = report_from(nlohmann::json::parse(to_json(report).dump()));
  EXPECT_TRUE(std::isnan(got.epochs[0].loss_sum));
}

// Two workers of one plan, joined by nothing but the announcements.
TEST(GrantedSteps, TheOthersRunAsManyStepsAsTheFirst) {
  for (const int steps : {1, 4, 9}) {
    boost::asio::io_context context;
    const SteadyClock clock;
    FollowingSteps following;
    LeadingSteps leading(clock, {.warmup = 2, .steps = steps, .at_most = 1h},
                         [&](std::int64_t step, bool runs) { following.announced(step, runs); });
    const auto count = [](StepControl& control, int& run) -> Task<void> {
      for (;;) {
        const bool goes_on = co_await control.proceed(run);
        if (!goes_on) co_return;
        ++run;
      }
    };
    int led = 0;
    int followed = 0;
    // The one that waits first.
    boost::asio::co_spawn(context, count(following, followed), boost::asio::detached);
    boost::asio::co_spawn(context, count(leading, led), boost::asio::detached);
    context.run();
    EXPECT_EQ(followed, led);
    EXPECT_GE(led, 3);  // the warm-up and one step
    EXPECT_LE(led, 2 + steps);
  }
}

TEST(GrantedSteps, TimeIsUp) {
  // No step may take any time: the warm-up and one step are run all the same.
  boost::asio::io_context context;
  const SteadyClock clock;
  std::vector<std::pair<std::int64_t, bool>> announced;
  LeadingSteps leading(clock, {.warmup = 1, .steps = 50, .at_most = 1ns},
                       [&](std::int64_t step, bool runs) { announced.emplace_back(step, runs); });
  int run = 0;
  const auto count = [](StepControl& control, int& done) -> Task<void> {
    for (;;) {
      const bool goes_on = co_await control.proceed(done);
      if (!goes_on) co_return;
      ++done;
    }
  };
  boost::asio::co_spawn(context, count(leading, run), boost::asio::detached);
  context.run();
  EXPECT_EQ(run, 2);
  EXPECT_EQ(announced, (std::vector<std::pair<std::int64_t, bool>>{{1, true}, {2, false}}));
}

TEST(ControlLine, MessagesInOrderAndTheEnd) {
  boost::asio::io_context context;
  ControlLine::Socket a(context);
  ControlLine::Socket b(context);
  boost::asio::local::connect_pair(a, b);
  ControlLine reader(std::move(b));
  TaskGroup tasks(context.get_executor());
  const std::string large(5'000'000, 'x');
  std::vector<nlohmann::json> got;
  {
    ControlLine writer(std::move(a));
    writer.send({{"hello", 1}});
    writer.send({{"report", large}});
    writer.close_after_sending();
    tasks.spawn(writer.write_queued());
    const auto read_two = [](ControlLine& line, std::vector<nlohmann::json>& into) -> Task<void> {
      for (int i = 0; i < 2; ++i) into.push_back(co_await line.read());
    };
    tasks.spawn(read_two(reader, got));
    context.run();
  }
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0], nlohmann::json({{"hello", 1}}));
  EXPECT_EQ(got[1]["report"].get<std::string>().size(), large.size());
  const auto read_end = [](ControlLine& line) -> Task<void> { co_await line.read(); };
  tasks.spawn(read_end(reader));
  context.restart();
  context.run();
  EXPECT_NE(tasks.first_error(), nullptr);
}

}  // namespace
}  // namespace gradwire
