// What the network model allocates while it runs: nothing, once it has seen as much as it will see
// at a time; and how much memory it takes. A program of its own, because it counts every
// allocation.
#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <new>

#include "netmodel/task_group.hpp"
#include "netmodel/topologies/shape.hpp"
#include "netmodel/transports/collective_members.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "trainer/collectives/collectives.hpp"

namespace {

std::int64_t allocations = 0;
std::int64_t bytes_in_use = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  bytes_in_use += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}
void operator delete(void* memory) noexcept {
  bytes_in_use -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept { operator delete(memory); }

namespace gradwire {
namespace {

using namespace std::chrono_literals;

constexpr StarCable kCable{BitsPerSecond{100'000'000}, 1ms, {}, 0.0, {}, {}};

// Sums take a millisecond.
class MillisecondReducer final : public Reducer {
 public:
  explicit MillisecondReducer(VirtualClock& clock) : clock_(clock) {}
  void start(Bytes /*amount*/, std::function<void()> /*work*/,
             std::function<void()> done) override {
    done_ = std::move(done);
    clock_.at(clock_.now() + 1ms, {[](void* self, std::uint64_t) {
                                     std::exchange(static_cast<MillisecondReducer*>(self)->done_,
                                                   nullptr)();
                                   },
                                   this});
  }

 private:
  VirtualClock& clock_;
  std::function<void()> done_;
};

class Nobody final : public CollectiveListener {
 public:
  void collective_over(Rank /*rank*/, const PhaseTimes& /*times*/) override {}
  void collective_lost(Rank /*rank*/, Rank /*peer*/) override {}
};

Task<void> take_part(Transport& transport, VirtualClock& clock, const Schedule& schedule) {
  MillisecondReducer reducer(clock);
  co_await transport.execute(schedule, Buffers{}, reducer);
}

// Allocations between these two moments of a collective.
std::int64_t allocations_between(TimePoint first, TimePoint last, const Schedule& schedule,
                                 const TransportModel& model) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  const std::vector<StarCable> cables(static_cast<std::size_t>(schedule.ranks()), kCable);
  ModelledNetwork network(clock, make_star(cables), RandomStreams(1), model);
  TaskGroup ranks(context.get_executor());
  for (Rank rank = 0; rank < network.size(); ++rank) {
    ranks.spawn(take_part(network.endpoint(rank), clock, schedule));
  }
  std::array<std::int64_t, 2> seen{};
  const auto note = [&clock](TimePoint when, std::int64_t& count) {
    clock.at(when,
             {[](void* place, std::uint64_t) { *static_cast<std::int64_t*>(place) = allocations; },
              &count});
  };
  note(first, seen[0]);
  note(last, seen[1]);
  clock.run(context);
  EXPECT_TRUE(ranks.done() && !ranks.first_error());
  EXPECT_GT(clock.now(), last);
  return seen[1] - seen[0];
}

// A ring of 64 sends 126 chunks of 262 144 bytes one after another, more than 22 ms each: 2.8 s.
TEST(Allocations, ThereAreNoneInTheMiddleOfARing) {
  const SchedulePtr ring = ring_all_reduce(64, 64 * 65'536);
  for (const Carrier carrier : {Carrier::fluid, Carrier::tcp}) {
    TransportModel model;
    model.carrier = carrier;
    EXPECT_EQ(allocations_between(TimePoint(700ms), TimePoint(2'600ms), *ring, model), 0);
  }
}

// 63 senders of 1 MiB to one rank, 84 ms each at its rate: 5.3 s in one bundle.
TEST(Allocations, ThereAreNoneWhileASharedLinkFills) {
  const SchedulePtr incast = gather_sum(64, 262'144);
  EXPECT_EQ(allocations_between(TimePoint(100ms), TimePoint(5s), *incast, {}), 0);
}

// A host of a star takes part in a ring, timing only, and has one message under way: with its two
// links, 1 KiB and 200 bytes for the message. A step takes 22 ms.
TEST(Allocations, ANodeOfARingTakesAKibibyte) {
  constexpr int kNodes = 128;
  const SchedulePtr ring = ring_all_reduce(kNodes, kNodes * 65'536);
  VirtualClock clock;
  boost::asio::io_context context(1);
  std::vector<MillisecondReducer> reducers(kNodes, MillisecondReducer(clock));
  Nobody nobody;
  const std::vector<StarCable> cables(kNodes, kCable);
  const std::int64_t before = bytes_in_use;
  ModelledNetwork network(clock, make_star(cables), RandomStreams(1));
  for (Rank rank = 0; rank < kNodes; ++rank) {
    network.execute(rank, *ring, reducers[static_cast<std::size_t>(rank)], nobody);
  }
  std::int64_t during = 0;
  clock.at(TimePoint(1s),
           {[](void* place, std::uint64_t) { *static_cast<std::int64_t*>(place) = bytes_in_use; },
            &during});
  clock.run(context);
  EXPECT_LE((during - before) / kNodes, 1024 + 200);
}

}  // namespace
}  // namespace gradwire
