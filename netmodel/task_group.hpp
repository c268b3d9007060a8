// Several coroutines at once, with one place to wait for them, to cancel them and to learn of the
// first error.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <deque>
#include <exception>
#include <vector>

#include "netmodel/clock.hpp"
#include "netmodel/task.hpp"

namespace gradwire {

/// Every task must have ended before the group, and before the io_context that runs it, goes: a
/// parked coroutine is known only to what will wake it. Whoever gives up calls cancel() and lets
/// the io_context run until done().
class TaskGroup {
 public:
  enum class OnError {
    keep_others,    // the others go on
    cancel_others,  // the first exception cancels the others
  };

  explicit TaskGroup(boost::asio::any_io_executor executor, OnError on_error = OnError::keep_others)
      : executor_(std::move(executor)), on_error_(on_error) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// A task that is added after cancel() is cancelled from its start.
  void spawn(Task<void> task);
  void cancel();

  bool done() const { return running_ == 0; }
  int running() const { return running_; }
  /// The first exception that ended a task; the cancellations that cancel() caused do not count.
  const std::exception_ptr& first_error() const { return first_error_; }

  /// Returns when every task has ended; throws the first error then. When the caller is cancelled
  /// it cancels the tasks, waits for their end, and ends as cancelled.
  Task<void> join();

 private:
  void ended(std::size_t signal, const std::exception_ptr& error);

  boost::asio::any_io_executor executor_;
  OnError on_error_;
  std::deque<boost::asio::cancellation_signal> signals_;
  std::vector<std::size_t> free_signals_;  // of tasks that have ended
  int running_ = 0;
  bool cancelled_ = false;
  std::exception_ptr first_error_;
  Parking joiner_;
};

/// Runs the tasks concurrently on the caller's executor and returns when all have ended. The first
/// exception cancels the others and is thrown then; cancelling the caller cancels them all.
Task<void> when_all(std::vector<Task<void>> tasks);

/// Runs the task, and cancels it at `deadline`. Returns, when it has ended, whether it did so by
/// itself; throws what it threw by itself. Cancelling the caller cancels it.
///
/// (Asio's awaitable operator|| waits for the first success: it holds an exception of the task back
/// until the deadline, and then drops it.)
Task<bool> finishes_by(Clock& clock, TimePoint deadline, Task<void> task);

}  // namespace gradwire
