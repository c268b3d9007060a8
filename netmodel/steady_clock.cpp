#include "netmodel/steady_clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace gradwire {

Task<void> SteadyClock::sleep_until(TimePoint when) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_at(on_machine(when));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace gradwire
