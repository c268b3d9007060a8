#include "netmodel/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

namespace gradwire {

namespace asio = boost::asio;

namespace {

// co_spawn() waits once more after a task that has ended without ever being suspended. If that task
// is cancelled by then, the wait ends with an exception that nobody catches.
Task<void> contain_cancellation(Task<void> task) {
  std::exception_ptr error;
  try {
    co_await std::move(task);
  } catch (...) {
    error = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(false);
  if (error) std::rethrow_exception(error);
}

Task<void> finish(Task<void> task, TaskGroup& race, bool& finished) {
  co_await std::move(task);
  finished = true;
  race.cancel();
}

Task<void> expire(Clock& clock, TimePoint deadline, TaskGroup& race) {
  co_await clock.sleep_until(deadline);
  race.cancel();
}

}  // namespace

void TaskGroup::spawn(Task<void> task) {
  std::size_t index = signals_.size();
  if (free_signals_.empty()) {
    signals_.emplace_back();
  } else {
    index = free_signals_.back();
    free_signals_.pop_back();
  }
  ++running_;
  asio::co_spawn(executor_, contain_cancellation(std::move(task)),
                 asio::bind_cancellation_slot(
                     signals_[index].slot(),
                     [this, index](const std::exception_ptr& error) { ended(index, error); }));
  if (cancelled_) signals_[index].emit(asio::cancellation_type::terminal);
}

void TaskGroup::cancel() {
  cancelled_ = true;
  for (auto& signal : signals_) signal.emit(asio::cancellation_type::terminal);
}

void TaskGroup::ended(std::size_t signal, const std::exception_ptr& error) {
  --running_;
  free_signals_.push_back(signal);
  // An error after cancel() is a consequence of it.
  if (error && !first_error_ && !cancelled_) {
    first_error_ = error;
    if (on_error_ == OnError::cancel_others) cancel();
  }
  if (running_ == 0) joiner_.wake();
}

Task<void> TaskGroup::join() {
  std::exception_ptr interrupted;
  while (running_ > 0 && !interrupted) {
    try {
      co_await joiner_.wait();
    } catch (const boost::system::system_error&) {
      interrupted = std::current_exception();
    }
  }
  if (interrupted) {
    // The tasks may refer to the caller's frame: it must not go before they have ended.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    cancel();
    while (running_ > 0) co_await joiner_.wait_uninterrupted();
    co_await asio::this_coro::throw_if_cancelled(throws);
    std::rethrow_exception(interrupted);
  }
  if (first_error_) std::rethrow_exception(first_error_);
}

Task<void> when_all(std::vector<Task<void>> tasks) {
  if (tasks.size() == 1) {
    co_await std::move(tasks.front());
    co_return;
  }
  TaskGroup group(co_await asio::this_coro::executor, TaskGroup::OnError::cancel_others);
  for (auto& task : tasks) group.spawn(std::move(task));
  co_await group.join();
}

Task<bool> finishes_by(Clock& clock, TimePoint deadline, Task<void> task) {
  TaskGroup race(co_await asio::this_coro::executor, TaskGroup::OnError::cancel_others);
  bool finished = false;
  race.spawn(finish(std::move(task), race, finished));
  race.spawn(expire(clock, deadline, race));
  co_await race.join();
  co_return finished;
}

}  // namespace gradwire
