#include "netmodel/task.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {

namespace asio = boost::asio;

// Without the coroutine that stop_if_cancelled() would be: every worker of a virtual training comes
// by here for each of its collectives.
Task<void> Parking::wait() {
  CHECK(!handler_, "a coroutine is parked here already");
  if (!woken_) co_await suspend(true);
  woken_ = false;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

Task<void> Parking::wait_uninterrupted() {
  CHECK(!handler_, "a coroutine is parked here already");
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  if (!woken_) co_await suspend(false);
  woken_ = false;
  co_await asio::this_coro::throw_if_cancelled(throws);
}

// No coroutine itself.
Task<void> Parking::suspend(bool cancellable) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(
      [this, cancellable](auto handler) {
        handler_.emplace(std::move(handler));
        auto slot = asio::get_associated_cancellation_slot(*handler_);
        if (cancellable && slot.is_connected()) {
          slot.assign([this](asio::cancellation_type type) {
            if (type != asio::cancellation_type::none) resume(asio::error::operation_aborted);
          });
        }
      },
      asio::use_awaitable);
}

void Parking::wake() {
  if (woken_) return;
  woken_ = true;
  if (handler_) resume({});
}

void Parking::resume(boost::system::error_code error) {
  if (!handler_) return;
  Handler handler = std::move(*handler_);
  handler_.reset();
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) slot.clear();
  auto executor = handler.get_executor();
  asio::post(executor, [handler = std::move(handler), error]() mutable { handler(error); });
}

bool is_cancellation(const boost::system::system_error& error) {
  return error.code() == asio::error::operation_aborted;
}

Task<void> stop_if_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace gradwire
