#include "netmodel/virtual_clock.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include "netmodel/check.hpp"

namespace gradwire {

Task<void> VirtualClock::sleep_until(TimePoint when) {
  if (when <= now_) {
    co_await stop_if_cancelled();
    co_return;
  }
  struct Sleep {
    explicit Sleep(VirtualClock& owner) : clock(owner) {}
    Sleep(const Sleep&) = delete;
    Sleep& operator=(const Sleep&) = delete;
    ~Sleep() { clock.cancel(event); }
    VirtualClock& clock;
    Parking parking;
    EventId event;
  } sleep(*this);
  sleep.event =
      at(when, {[](void* parking, std::uint64_t) { static_cast<Parking*>(parking)->wake(); },
                &sleep.parking});
  co_await sleep.parking.wait();
}

EventId VirtualClock::at(TimePoint when, Action action) {
  CHECK(when >= now_, "when={}ns now={}ns", when.time_since_epoch().count(),
        now_.time_since_epoch().count());
  return events_.add(when, action);
}

void VirtualClock::run(boost::asio::io_context& context) {
  context.restart();
  const auto work = boost::asio::make_work_guard(context);
  for (;;) {
    context.poll();
    const auto due = events_.take();
    if (!due) return;
    now_ = due->when;
    due->action();
  }
}

}  // namespace gradwire
