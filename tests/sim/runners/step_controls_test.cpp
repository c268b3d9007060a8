// When a measurement is enough, on a clock that the test moves.
#include "sim/runners/step_controls.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

namespace gradwire {
namespace {

using namespace std::chrono_literals;

class HandMovedClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  Task<void> sleep_until(TimePoint /*when*/) override {
    throw std::logic_error("nobody sleeps here");
  }
  void move(Duration by) { now_ += by; }

 private:
  TimePoint now_{};
};

bool ask(StepControl& control, std::int64_t step) {
  boost::asio::io_context context;
  std::optional<bool> answer;
  boost::asio::co_spawn(context, control.proceed(step),
                        [&](const std::exception_ptr& error, bool go_on) {
                          if (error) std::rethrow_exception(error);
                          answer = go_on;
                        });
  context.run();
  return answer.value();
}

/// How many steps run when step i takes length(i).
int steps_run(const Scenario::MeasureSteps& settings, const std::function<Duration(int)>& length) {
  HandMovedClock clock;
  MeasureSome control(clock, settings);
  int step = 0;
  for (; ask(control, step); ++step) clock.move(length(step));
  return step;
}

TEST(MeasureSome, StopsWhenTheIntervalIsNarrow) {
  // One step of warm-up, however long, and five equal ones: their interval has no width.
  const Scenario::MeasureSteps settings{.warmup = 1, .steps = 100, .at_most = 1h};
  EXPECT_EQ(steps_run(settings, [](int step) { return step == 0 ? 30s : 50ms; }), 6);
}

TEST(MeasureSome, MeasuresShortStepsForAWhile) {
  const Scenario::MeasureSteps settings{.warmup = 1, .steps = 100, .at_most = 1h};
  EXPECT_EQ(steps_run(settings, [](int) { return 4ms; }), 1 + 50);  // 200 ms
}

TEST(MeasureSome, GoesOnWhileTheIntervalIsWide) {
  // 10, 20, 10, 20... ms: mean 15, deviation about 5; the half-width falls below 1 % of the mean
  // (0.15) only after (1.96 * 5 / 0.15)^2 = 4268 steps.
  const Scenario::MeasureSteps settings{.warmup = 2, .steps = 100, .at_most = 1h};
  EXPECT_EQ(steps_run(settings, [](int step) { return step % 2 == 0 ? 10ms : 20ms; }), 102);
}

TEST(MeasureSome, StaysWithinTheTimeAllowed) {
  // After three steps of 1 s a fourth would end at 4 s.
  const Scenario::MeasureSteps settings{.warmup = 1, .steps = 100, .at_most = 3s};
  EXPECT_EQ(steps_run(settings, [](int) { return 1s; }), 3);
}

TEST(MeasureSome, MeasuresOneStepAtLeast) {
  const Scenario::MeasureSteps settings{.warmup = 2, .steps = 100, .at_most = 1s};
  EXPECT_EQ(steps_run(settings, [](int) { return 10s; }), 3);
  const Scenario::MeasureSteps no_warmup{.warmup = 0, .steps = 1, .at_most = 1ns};
  EXPECT_EQ(steps_run(no_warmup, [](int) { return 10s; }), 1);
}

// Three workers ask before each step, every time in another order, and some of them much later: all
// are told what the first was told, and only the first one's times count.
TEST(MeasureSome, TellsAllWorkersTheSame) {
  HandMovedClock clock;
  const Scenario::MeasureSteps settings{.warmup = 1, .steps = 100, .at_most = 10s};
  MeasureSome control(clock, settings);
  for (int step = 0; step < 6; ++step) {
    EXPECT_TRUE(ask(control, step)) << step;
    clock.move(5ms * (step % 3));  // late, by another time in every step
    EXPECT_TRUE(ask(control, step)) << step;
    EXPECT_TRUE(ask(control, step)) << step;
    clock.move(40ms - 5ms * (step % 3));
  }
  EXPECT_FALSE(ask(control, 6));  // five equal steps of 40 ms
  clock.move(1h);
  EXPECT_FALSE(ask(control, 6));
  EXPECT_TRUE(ask(control, 5));
}

TEST(RunEverything, NeverStops) {
  RunEverything control;
  EXPECT_TRUE(ask(control, 0));
  EXPECT_TRUE(ask(control, 1'000'000'000'000));
}

// Mean 3; squares 4 + 1 + 0 + 1 + 4 = 10; deviation sqrt(10 / 4) = 1.581139; of the mean
// 1.581139 / sqrt(5) = 0.707107; Student's t for 4 degrees of freedom 2.776445 (any table).
TEST(MeanInterval, IsStudentsT) {
  const MeanInterval interval = mean_interval({1, 2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(interval.mean, 3.0);
  EXPECT_NEAR(interval.half_width, 2.776445 * 0.707107, 1e-5);
}

TEST(MeanInterval, HasNoWidthBelowTwoValues) {
  EXPECT_EQ(mean_interval({}).mean, 0.0);
  EXPECT_EQ(mean_interval({7}).mean, 7.0);
  EXPECT_EQ(mean_interval({7}).half_width, 0.0);
  EXPECT_EQ(mean_interval({7, 7, 7}).half_width, 0.0);
}

}  // namespace
}  // namespace gradwire
