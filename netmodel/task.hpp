// What every coroutine here is made of, and Parking: the one place where a coroutine stops until
// somebody else wakes it. Clocks, mailboxes, processors and transports are built on it.
//
// Threads: a coroutine, what wakes it and what cancels it run on one thread (the one that runs its
// io_context). Another thread posts to that io_context first.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

namespace gradwire {

template <typename T>
using Task = boost::asio::awaitable<T>;

/// Room for one suspended coroutine. Lives in the frame of that coroutine, or longer.
class Parking {
 public:
  Parking() = default;
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;

  /// Suspends the caller until wake(). Returns at once when wake() came first. Throws
  /// boost::system::system_error (operation_aborted) when the caller is cancelled; a cancellation
  /// wins over a wake() that has not resumed the caller yet.
  Task<void> wait();

  /// The same, but a cancellation that comes meanwhile does not end it: for those who must not
  /// return before something that uses their memory has ended. It takes effect at the caller's next
  /// wait. (Asio throws from any co_await of a coroutine that is cancelled already: such a caller
  /// first says this_coro::throw_if_cancelled(false).)
  Task<void> wait_uninterrupted();

  /// Resumes the coroutine, from the executor's queue and not from inside this call. A second
  /// wake() before the coroutine has run does nothing.
  void wake();

 private:
  using Handler = boost::asio::async_result<boost::asio::use_awaitable_t<>,
                                            void(boost::system::error_code)>::handler_type;

  Task<void> suspend(bool cancellable);
  void resume(boost::system::error_code error);

  std::optional<Handler> handler_;
  bool woken_ = false;
};

/// True for the exception that a cancelled coroutine ends with.
bool is_cancellation(const boost::system::system_error& error);

/// Throws that exception if the calling coroutine has been cancelled.
Task<void> stop_if_cancelled();

}  // namespace gradwire
