#include "netmodel/task_group.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include "netmodel/mailbox.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr Tag kTag{1};

class TaskGroupTest : public testing::Test {
 protected:
  void run() { clock_.run(context_); }
  // Runs a task to its end and throws what it threw.
  void run(Task<void> task) {
    TaskGroup group(context_.get_executor());
    group.spawn(std::move(task));
    run();
    ASSERT_TRUE(group.done());
    if (group.first_error()) std::rethrow_exception(group.first_error());
  }

  VirtualClock clock_;
  boost::asio::io_context context_{1};
  Mailbox box_{0, 2};
};

Task<void> sleep(Clock& clock, Duration duration, bool& cancelled) {
  try {
    co_await clock.sleep_for(duration);
  } catch (const boost::system::system_error& error) {
    cancelled = is_cancellation(error);
    throw;
  }
}

Task<void> fail(Clock& clock, Duration when) {
  co_await clock.sleep_for(when);
  throw std::runtime_error("failed");
}

TEST_F(TaskGroupTest, TheFirstErrorCancelsTheOthersAndIsThrown) {
  bool cancelled = false;
  std::vector<Task<void>> tasks;
  tasks.push_back(sleep(clock_, 1h, cancelled));
  tasks.push_back(fail(clock_, 1s));
  EXPECT_THROW(run(when_all(std::move(tasks))), std::runtime_error);
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(clock_.now(), TimePoint(1s));
}

TEST_F(TaskGroupTest, KeepsTheOthersWhenToldTo) {
  bool cancelled = false;
  TaskGroup group(context_.get_executor(), TaskGroup::OnError::keep_others);
  group.spawn(sleep(clock_, 1h, cancelled));
  group.spawn(fail(clock_, 1s));
  run();
  EXPECT_TRUE(group.done());
  EXPECT_FALSE(cancelled);
  EXPECT_TRUE(group.first_error());
  EXPECT_EQ(clock_.now(), TimePoint(1h));
}

TEST_F(TaskGroupTest, ATaskThatIsAddedAfterCancelIsCancelledFromItsStart) {
  bool cancelled = false;
  TaskGroup group(context_.get_executor());
  group.cancel();
  group.spawn(sleep(clock_, 1h, cancelled));
  run();
  EXPECT_TRUE(group.done());
  EXPECT_EQ(clock_.now(), TimePoint());
}

// Asio's co_spawn threw the cancellation out of io_context::run().
TEST_F(TaskGroupTest, ATaskThatCancelsItsOwnGroupBeforeItIsEverSuspendedEndsQuietly) {
  TaskGroup group(context_.get_executor());
  group.spawn([](TaskGroup& group) -> Task<void> {
    group.cancel();
    co_return;
  }(group));
  EXPECT_NO_THROW(run());
  EXPECT_TRUE(group.done());
  EXPECT_FALSE(group.first_error());
}

// The next wait used to go on for ever, because join() had switched the exceptions off.
TEST_F(TaskGroupTest, AfterACancelledJoinTheNextWaitThrowsToo) {
  TaskGroup group(context_.get_executor());
  int cancellations = 0;
  group.spawn([](Clock& clock, int& cancellations) -> Task<void> {
    std::vector<Task<void>> tasks;
    tasks.push_back(clock.sleep_for(1h));
    tasks.push_back(clock.sleep_for(1h));
    try {
      co_await when_all(std::move(tasks));
    } catch (const boost::system::system_error&) {
      ++cancellations;
    }
    try {
      Parking never_woken;
      co_await never_woken.wait();
    } catch (const boost::system::system_error&) {
      ++cancellations;
    }
  }(clock_, cancellations));
  context_.poll();
  group.cancel();
  run();
  EXPECT_TRUE(group.done());
  EXPECT_EQ(cancellations, 2);
  EXPECT_EQ(clock_.now(), TimePoint());
}

Task<void> receive_by(Clock& clock, Mailbox& box, Duration deadline, std::optional<bool>& outcome,
                      std::optional<Received>& received) {
  outcome = co_await finishes_by(clock, TimePoint(deadline),
                                 [](Mailbox& box, std::optional<Received>& into) -> Task<void> {
                                   into = co_await box.receive(1, kTag);
                                 }(box, received));
}

Task<void> deliver_at(Clock& clock, Mailbox& box, Duration when) {
  co_await clock.sleep_until(TimePoint(when));
  box.deliver(1, kTag, Message::timing_only({1}));
}

// Whether the message or the deadline is first in the queue of their common instant: whoever does
// not take the message leaves it in the mailbox.
TEST_F(TaskGroupTest, FinishesByTellsWhoWasFirstAndLosesNothing) {
  for (const Duration deadline : {Duration(1s), Duration(2s), Duration(3s)}) {
    for (const bool message_first : {false, true}) {
      VirtualClock clock;
      boost::asio::io_context context(1);
      Mailbox box(0, 2);
      TaskGroup group(context.get_executor());
      std::optional<bool> outcome;
      std::optional<Received> received;
      if (message_first) group.spawn(deliver_at(clock, box, 2s));
      group.spawn(receive_by(clock, box, deadline, outcome, received));
      if (!message_first) group.spawn(deliver_at(clock, box, 2s));
      clock.run(context);
      ASSERT_TRUE(group.done());
      EXPECT_TRUE(deadline == 2s || outcome == (deadline == 3s));
      EXPECT_EQ(received.has_value(), outcome);
      // Nobody stays behind in the mailbox, and nothing gets lost.
      EXPECT_EQ(box.waiting(), "");
      std::optional<bool> rest;
      group.spawn(receive_by(clock, box, 4s, rest, received));
      clock.run(context);
      EXPECT_EQ(rest, !*outcome);
    }
  }
}

TEST_F(TaskGroupTest, FinishesByTakesWhatIsThereEvenAfterItsDeadline) {
  box_.deliver(1, kTag, Message::timing_only({1}));
  std::optional<bool> outcome;
  std::optional<Received> received;
  run(receive_by(clock_, box_, 0s, outcome, received));
  EXPECT_EQ(outcome, true);
  EXPECT_TRUE(received);
}

// Asio's operator|| held the error back until the deadline, and then dropped it.
TEST_F(TaskGroupTest, FinishesByThrowsTheErrorOfItsTaskAtOnce) {
  run([](Clock& clock) -> Task<void> {
    bool failed = false;
    try {
      co_await finishes_by(clock, TimePoint(1h), fail(clock, 1s));
    } catch (const std::runtime_error& error) {
      failed = error.what() == std::string("failed");
    }
    EXPECT_TRUE(failed);
    EXPECT_EQ(clock.now(), TimePoint(1s));
  }(clock_));
}

TEST_F(TaskGroupTest, FinishesByEndsAsCancelledWithItsCaller) {
  TaskGroup group(context_.get_executor());
  bool cancelled = false;
  bool caller_cancelled = false;
  group.spawn([](Clock& clock, bool& cancelled, bool& caller_cancelled) -> Task<void> {
    try {
      co_await finishes_by(clock, TimePoint(1h), sleep(clock, 2h, cancelled));
    } catch (const boost::system::system_error& error) {
      caller_cancelled = is_cancellation(error);
    }
  }(clock_, cancelled, caller_cancelled));
  context_.poll();
  group.cancel();
  run();
  EXPECT_TRUE(group.done());
  EXPECT_TRUE(cancelled);
  EXPECT_TRUE(caller_cancelled);
  EXPECT_EQ(clock_.now(), TimePoint());
}

}  // namespace
}  // namespace gradwire
