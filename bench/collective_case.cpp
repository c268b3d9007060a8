// One rank of an all-reduce over our TCP transport, our side of bench/peers/collectives.sh. The
// sums are checked first; rank 0 then prints the times as one line of JSON.
//
//   collective_case RANK ELEMENTS TIMES SEGMENT IN-FLIGHT ADDRESS:PORT...    one address a rank
//
// Segments of SEGMENT bytes, so many in flight; 0: whole chunks.
#include <fmt/core.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "netmodel/check.hpp"
#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/tcp_transport.hpp"
#include "trainer/collectives/collectives.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

constexpr int kAddresses = 6;  // where they begin among the arguments

// Sums at once, in the thread of the transport: there is nothing else to compute.
class InlineReducer final : public Reducer {
 public:
  explicit InlineReducer(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  void start(Bytes /*amount*/, std::function<void()> work, std::function<void()> done) override {
    if (work) work();
    asio::post(executor_, std::move(done));
  }

 private:
  asio::any_io_executor executor_;
};

// Small whole numbers, which sum without rounding.
float value_of(Rank rank, std::int64_t element) {
  return static_cast<float>(rank + 1 + element % 7);
}

void fill(std::vector<float>& values, Rank rank) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = value_of(rank, static_cast<std::int64_t>(i));
  }
}

void check_sums(const std::vector<float>& values, int ranks) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    float expected = 0.0F;
    for (Rank rank = 0; rank < ranks; ++rank) {
      expected += value_of(rank, static_cast<std::int64_t>(i));
    }
    CHECK(values[i] == expected, "element {}: {} and not {}", i, values[i], expected);
  }
}

void print(const std::vector<double>& seconds) {
  std::string list;
  for (const double value : seconds) {
    list += fmt::format("{}{:.9f}", list.empty() ? "" : ", ", value);
  }
  fmt::print("{{\"seconds\": [{}]}}\n", list);
}

Task<void> measure(TcpTransport& transport, std::vector<TcpTransport::Endpoint> addresses,
                   Clock& clock, const SegmentedSchedule& all_reduce, int times) {
  co_await transport.join(std::move(addresses));
  const SchedulePtr together = barrier(transport.size());
  InlineReducer reducer(co_await asio::this_coro::executor);
  std::vector<float> values(static_cast<std::size_t>(all_reduce.segments.front()->elements()));
  fill(values, transport.rank());
  co_await transport.execute_segments(all_reduce, {values}, reducer);
  check_sums(values, transport.size());
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) {
    fill(values, transport.rank());
    co_await transport.execute(*together, {}, reducer);
    const TimePoint start = clock.now();
    co_await transport.execute_segments(all_reduce, {values}, reducer);
    seconds.push_back(to_seconds(clock.now() - start));
  }
  check_sums(values, transport.size());
  if (transport.rank() == 0) print(seconds);
  co_await transport.leave();
}

TcpTransport::Endpoint endpoint_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  CHECK(colon != std::string::npos, "'{}' is no ADDRESS:PORT", text);
  return {asio::ip::make_address(text.substr(0, colon)),
          static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1))};
}

int run(int argc, char** argv) {
  CHECK(argc >= 7, "usage: collective_case RANK ELEMENTS TIMES SEGMENT IN-FLIGHT ADDRESS:PORT...");
  TcpOptions options;
  options.rank = std::atoi(argv[1]);
  options.size = argc - kAddresses;
  std::iota(options.secret.begin(), options.secret.end(), static_cast<unsigned char>(1));
  std::vector<TcpTransport::Endpoint> addresses;
  for (int i = kAddresses; i < argc; ++i) addresses.push_back(endpoint_of(argv[i]));
  const std::int64_t elements = std::atoll(argv[2]);
  const Segmentation cut{{std::atoll(argv[4])}, std::atoi(argv[5])};
  const SegmentedSchedule all_reduce =
      cut.size > Bytes{} ? segmented_ring_all_reduce(options.size, elements, cut)
                         : SegmentedSchedule{{ring_all_reduce(options.size, elements)}};
  SteadyClock clock;
  asio::io_context context(1);
  TcpTransport transport(context.get_executor(), clock, options,
                         addresses.at(static_cast<std::size_t>(options.rank)));
  TaskGroup group(context.get_executor());
  group.spawn(measure(transport, addresses, clock, all_reduce, std::atoi(argv[3])));
  while (!group.done()) context.run_one();
  if (group.first_error()) std::rethrow_exception(group.first_error());
  return 0;
}

}  // namespace
}  // namespace gradwire

int main(int argc, char** argv) { return gradwire::run(argc, argv); }
