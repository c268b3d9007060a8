#include "trainer/compute.hpp"

#include <exception>

namespace gradwire {

Task<void> Compute::run(Duration cost, std::function<void()> work) {
  co_await stop_if_cancelled();
  Parking parking;
  std::exception_ptr error;
  std::function<void()> contained;
  if (work) {
    contained = [&work, &error] {
      try {
        work();
      } catch (...) {
        error = std::current_exception();
      }
    };
  }
  start(cost, std::move(contained), [&parking] { parking.wake(); });
  co_await parking.wait_uninterrupted();
  if (error) std::rethrow_exception(error);
}

void ComputeReducer::start(Bytes amount, std::function<void()> work, std::function<void()> done) {
  Duration cost{};
  if (rate_) {
    const __int128 bits = static_cast<__int128>(amount.count) * 8 * 1'000'000'000;
    cost = Duration(static_cast<std::int64_t>(bits / rate_->count));
  }
  compute_.start(cost, std::move(work), std::move(done));
}

}  // namespace gradwire
