// What a node's processor says of its time in advance, and what it takes then.
#include "trainer/virtual_compute.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

Duration taken(const VirtualProcessorOptions& options, double speed, Bytes amount) {
  VirtualClock clock;
  boost::asio::io_context context;
  VirtualProcessors processors(clock, options, {speed});
  ComputeReducer reducer(processors.of(0), BitsPerSecond{3'000'000'000});
  TimePoint end{};
  reducer.start(amount, {}, [&] { end = clock.now(); });
  clock.run(context);
  return end.time_since_epoch();
}

std::optional<Duration> told(const VirtualProcessorOptions& options, double speed, Bytes amount) {
  VirtualClock clock;
  VirtualProcessors processors(clock, options, {speed});
  return ComputeReducer(processors.of(0), BitsPerSecond{3'000'000'000}).duration(amount);
}

// 3 000 bytes at 3 Gbit/s are 8 us.
TEST(VirtualCompute, TakesAsLongToSumAsItSaysBefore) {
  EXPECT_EQ(told({}, 1.0, Bytes{3'000}), 8us);
  for (const double cores : {0.3, 1.0, 4.0}) {
    for (const double speed : {0.7, 1.0, 1.9}) {
      for (const Bytes amount : {Bytes{0}, Bytes{4}, Bytes{1'000'000}}) {
        const VirtualProcessorOptions options{.cores = cores, .host_cores = {}};
        EXPECT_EQ(told(options, speed, amount), taken(options, speed, amount))
            << cores << " cores, speed " << speed << ", " << amount.count << " bytes";
      }
    }
  }
}

TEST(VirtualCompute, DoesNotSayItWhereOthersUseItsCores) {
  EXPECT_EQ(told({.cores = 1.0, .host_cores = 2}, 1.0, Bytes{4}), std::nullopt);
}

TEST(VirtualCompute, IsNotAskedWhileItComputes) {
  VirtualClock clock;
  VirtualProcessors processors(clock, {}, {1.0});
  processors.of(0).start(1ms, {}, [] {});
  EXPECT_THROW(processors.of(0).duration(1ms), CheckFailure);
}

}  // namespace
}  // namespace gradwire
