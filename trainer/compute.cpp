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

Duration ComputeReducer::cost_of(Bytes amount) const {
  if (!rate_) return {};
  const __int128 bits = static_cast<__int128>(amount.count) * 8 * 1'000'000'000;
  return Duration(static_cast<std::int64_t>(bits / rate_->count));
}

std::optional<Duration> ComputeReducer::duration(Bytes amount) const {
  return compute_.duration(cost_of(amount));
}

void ComputeReducer::start(Bytes amount, std::function<void()> work, std::function<void()> done) {
  compute_.start(cost_of(amount), std::move(work), std::move(done));
}

}  // namespace gradwire
