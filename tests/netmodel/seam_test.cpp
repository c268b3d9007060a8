// The promises of the seam, under virtual and under real time: a receive that loses to a timeout, a
// peer that vanishes, a cancelled worker, a deadlock.
#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "netmodel/check.hpp"
#include "netmodel/mailbox.hpp"
#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr Tag kTag{7};

Message text(std::string_view content) {
  return Message::copy_of(std::as_bytes(std::span(content)));
}
std::string text_of(const Received& received) {
  const auto bytes = received.message.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// One clock with what drives it.
class World {
 public:
  virtual ~World() = default;
  virtual Clock& clock() = 0;
  virtual void run() = 0;
  asio::io_context& context() { return *context_; }

 protected:
  std::unique_ptr<asio::io_context> context_ = std::make_unique<asio::io_context>(1);
};

class VirtualWorld : public World {
 public:
  ~VirtualWorld() override { context_.reset(); }  // before the clock its coroutines sleep on
  Clock& clock() override { return clock_; }
  void run() override { clock_.run(*context_); }

 private:
  VirtualClock clock_;
};

class RealWorld : public World {
 public:
  ~RealWorld() override { context_.reset(); }
  Clock& clock() override { return clock_; }
  void run() override { context_->run_for(5s); }

 private:
  SteadyClock clock_;
};

class Seam : public testing::TestWithParam<std::string> {
 protected:
  Seam() {
    if (GetParam() == "virtual") {
      world_ = std::make_unique<VirtualWorld>();
    } else {
      world_ = std::make_unique<RealWorld>();
    }
  }

  void spawn(Task<void> task) {
    asio::co_spawn(world_->context(), std::move(task), [this](const std::exception_ptr& error) {
      ++ended_;
      if (error) errors_.push_back(error);
    });
  }

  std::unique_ptr<World> world_;
  Mailbox box_{0, 2};
  int ended_ = 0;
  std::vector<std::exception_ptr> errors_;
};

Task<void> deliver_after(Clock& clock, Mailbox& box, Duration delay, std::string content) {
  co_await clock.sleep_for(delay);
  box.deliver(1, kTag, text(content));
}

Task<void> receive_into(Mailbox& box, std::string& into) {
  into = text_of(co_await box.receive(1, kTag));
}

TEST_P(Seam, TwoWorkersExchangeAMessage) {
  std::string got;
  spawn(receive_into(box_, got));
  spawn(deliver_after(world_->clock(), box_, 2ms, "hello"));
  world_->run();
  EXPECT_EQ(got, "hello");
  EXPECT_GE(world_->clock().now(), TimePoint(2ms));
}

Task<void> receive_or_give_up(Clock& clock, Mailbox& box, Duration patience, std::string& into) {
  struct Race {
    static Task<void> receive(Mailbox& box, std::string& into) {
      into = text_of(co_await box.receive(1, kTag));
      throw std::runtime_error("received");  // cancels the other
    }
    static Task<void> expire(Clock& clock, Duration patience) {
      co_await clock.sleep_for(patience);
      throw std::runtime_error("timeout");
    }
  };
  std::vector<Task<void>> race;
  race.push_back(Race::receive(box, into));
  race.push_back(Race::expire(clock, patience));
  std::string outcome;
  try {
    co_await when_all(std::move(race));
  } catch (const std::runtime_error& error) {
    outcome = error.what();
  }
  if (outcome == "timeout") into = "timeout, then " + text_of(co_await box.receive(1, kTag));
}

TEST_P(Seam, AReceiveThatLosesToATimeoutLosesNoMessage) {
  std::string got;
  spawn(receive_or_give_up(world_->clock(), box_, 5ms, got));
  spawn(deliver_after(world_->clock(), box_, 10ms, "late"));
  world_->run();
  EXPECT_EQ(got, "timeout, then late");
}

TEST_P(Seam, AMessageInTheSameInstantAsItsTimeoutIsNotLost) {
  std::string got;
  spawn(receive_or_give_up(world_->clock(), box_, 5ms, got));
  spawn(deliver_after(world_->clock(), box_, 5ms, "just"));
  world_->run();
  EXPECT_THAT(got, testing::AnyOf("just", "timeout, then just"));
}

TEST_P(Seam, APeerThatVanishesFailsTheReceive) {
  std::string got;
  spawn(receive_into(box_, got));
  spawn([](Clock& clock, Mailbox& box) -> Task<void> {
    co_await clock.sleep_for(1ms);
    box.lose(1, "connection reset");
  }(world_->clock(), box_));
  world_->run();
  ASSERT_EQ(errors_.size(), 1U);
  try {
    std::rethrow_exception(errors_[0]);
  } catch (const PeerLost& lost) {
    EXPECT_EQ(lost.peer(), 1);
    EXPECT_STREQ(lost.what(), "rank 0 lost rank 1: connection reset");
  }
}

TEST_P(Seam, NobodyReceivesFromOneselfOrFromAStranger) {
  for (const Rank from : {0, -1, 2}) {
    spawn([](Mailbox& box, Rank from) -> Task<void> { co_await box.receive(from, kTag); }(box_,
                                                                                          from));
  }
  world_->run();
  ASSERT_EQ(errors_.size(), 3U);
  for (const auto& error : errors_) EXPECT_THROW(std::rethrow_exception(error), CheckFailure);
}

TEST_P(Seam, ACancelledWorkerUnwindsAndLeavesTheMailboxUsable) {
  asio::cancellation_signal signal;
  std::string cancelled;
  std::string got;
  bool was_cancelled = false;
  asio::co_spawn(world_->context(), receive_into(box_, cancelled),
                 asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& error) {
                   try {
                     if (error) std::rethrow_exception(error);
                   } catch (const boost::system::system_error& e) {
                     was_cancelled = is_cancellation(e);
                   }
                 }));
  spawn(receive_into(box_, got));
  spawn([](Clock& clock, Mailbox& box, asio::cancellation_signal& signal) -> Task<void> {
    co_await clock.sleep_for(1ms);
    // Announced to the first receive, which is cancelled before it can run: the second gets it.
    box.deliver(1, kTag, text("for the other"));
    signal.emit(asio::cancellation_type::terminal);
  }(world_->clock(), box_, signal));
  world_->run();
  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(cancelled, "");
  EXPECT_EQ(got, "for the other");
}

TEST_P(Seam, CancellingAGroupWaitsForItsMembers) {
  asio::cancellation_signal signal;
  bool ended = false;
  std::vector<Task<void>> tasks;
  std::string a;
  std::string b;
  tasks.push_back(receive_into(box_, a));
  tasks.push_back(receive_into(box_, b));
  asio::co_spawn(world_->context(), when_all(std::move(tasks)),
                 asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& error) {
                   ended = error != nullptr;
                 }));
  spawn([](Clock& clock, asio::cancellation_signal& signal) -> Task<void> {
    co_await clock.sleep_for(1ms);
    signal.emit(asio::cancellation_type::terminal);
  }(world_->clock(), signal));
  world_->run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(box_.waiting(), "");
}

INSTANTIATE_TEST_SUITE_P(Clocks, Seam, testing::Values("virtual", "real"),
                         [](const auto& info) { return info.param; });

TEST(VirtualClock, TellsADeadlockByWhatStillWaits) {
  VirtualClock clock;
  Mailbox box(0, 2);
  asio::io_context context(1);
  TaskGroup workers(context.get_executor());
  std::string got;
  workers.spawn(receive_into(box, got));
  clock.run(context);
  EXPECT_FALSE(workers.done());
  EXPECT_EQ(box.waiting(), "rank 1 (tag 7)");
  workers.cancel();
  clock.run(context);
  EXPECT_TRUE(workers.done());
  EXPECT_FALSE(workers.first_error());
}

TEST(VirtualClock, JumpsAndOrdersEventsOfOneTimeByInsertion) {
  VirtualClock clock;
  asio::io_context context(1);
  std::vector<std::uint64_t> order;
  const auto note = [&order](std::uint64_t which) {
    return Action{[](void* list, std::uint64_t argument) {
                    static_cast<std::vector<std::uint64_t>*>(list)->push_back(argument);
                  },
                  &order, which};
  };
  clock.at(TimePoint(3h), note(3));
  clock.at(TimePoint(1ns), note(1));
  const EventId cancelled = clock.at(TimePoint(2ns), note(99));
  clock.at(TimePoint(1ns), note(2));
  EXPECT_TRUE(clock.cancel(cancelled));
  EXPECT_FALSE(clock.cancel(cancelled));
  clock.run(context);
  EXPECT_THAT(order, testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(clock.now(), TimePoint(3h));
}

}  // namespace
}  // namespace gradwire
