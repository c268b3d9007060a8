// Rings whose chunks are cut into segments: the sums of whole chunks, in less time.
#include <gmock/gmock.h>

#include <boost/asio/this_coro.hpp>
#include <cstring>
#include <map>
#include <random>

#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"
#include "tests/netmodel/transport_worlds.hpp"
#include "trainer/collectives/collectives.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

// What a rank sends and receives in one step, element by element: to whom, and from whom how.
std::map<std::int64_t, std::vector<int>> moves_of(const Schedule& schedule, Rank rank, int index) {
  std::map<std::int64_t, std::vector<int>> moves;
  Step step;
  schedule.describe(rank, index, step);
  for (const SendPiece& piece : step.sends) {
    for (std::int64_t i = 0; i < piece.range.count; ++i) {
      moves[piece.range.begin + i].push_back(piece.to);
    }
  }
  for (const ReceivePiece& piece : step.receives) {
    for (std::int64_t i = 0; i < piece.range.count; ++i) {
      moves[piece.range.begin + i].push_back(100 + piece.from);
      moves[piece.range.begin + i].push_back(static_cast<int>(piece.combine));
    }
  }
  return moves;
}

TEST(Segments, DoTogetherWhatTheRingDoes) {
  for (const int ranks : {1, 2, 3, 5}) {
    for (const std::int64_t elements : {0L, 1L, 7L, 203L}) {
      const SchedulePtr whole = ring_all_reduce(ranks, elements);
      for (const std::int64_t bytes : {4L, 20L, 100L, 1'000'000L}) {
        const auto cut = segmented_ring_all_reduce(ranks, elements, {{bytes}, 2});
        for (int index = 0; index < whole->steps(); ++index) {
          for (Rank rank = 0; rank < ranks; ++rank) {
            std::map<std::int64_t, std::vector<int>> together;
            for (const SchedulePtr& segment : cut.segments) {
              for (const auto& [element, moves] : moves_of(*segment, rank, index)) {
                EXPECT_TRUE(together.emplace(element, moves).second) << "element " << element;
              }
            }
            EXPECT_EQ(together, moves_of(*whole, rank, index));
          }
        }
        for (const SchedulePtr& segment : cut.segments) EXPECT_NO_THROW(check_schedule(*segment));
      }
    }
  }
}

// A chunk of 203 / 3, rounded up, is 68 elements, 272 bytes.
TEST(Segments, AreAsManyAsTheLargestChunkNeeds) {
  const auto count = [](std::int64_t bytes) {
    return segmented_ring_all_reduce(3, 203, {{bytes}, 1}).segments.size();
  };
  EXPECT_EQ(count(272), 1U);
  EXPECT_EQ(count(271), 2U);
  EXPECT_EQ(count(136), 2U);
  EXPECT_EQ(count(4), 68U);
  EXPECT_EQ(segmented_ring_all_reduce(3, 0, {{100}, 1}).segments.size(), 1U);
}

Task<void> execute_segments(Transport& transport, const SegmentedSchedule& schedule,
                            std::span<float> values) {
  FreeReducer reducer(co_await boost::asio::this_coro::executor);
  co_await transport.execute_segments(schedule, {values}, reducer);
}

// Values whose sum depends on the order.
std::vector<std::vector<float>> uneven_buffers(int ranks, std::size_t elements) {
  std::mt19937_64 random(5);
  std::vector<std::vector<float>> buffers;
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<float>& buffer = buffers.emplace_back(elements);
    for (float& value : buffer) value = 1.0F / static_cast<float>(1 + random() % 100'000);
  }
  return buffers;
}

std::vector<std::vector<float>> sums(const std::string& transport, int ranks,
                                     const SegmentedSchedule& schedule) {
  const auto world = make_world(transport, star_of(ranks, BitsPerSecond{40'000'000'000}, 10us));
  auto buffers = uneven_buffers(ranks, 10'007);
  std::vector<Task<void>> tasks;
  for (Rank rank = 0; rank < ranks; ++rank) {
    tasks.push_back(
        execute_segments(world->at(rank), schedule, buffers[static_cast<std::size_t>(rank)]));
  }
  for (const auto& error : world->run(std::move(tasks))) EXPECT_FALSE(error);
  return buffers;
}

TEST(Segments, LeaveTheBitsOfTheWholeRing) {
  for (const int ranks : {2, 4, 5}) {
    const auto whole = sums("modelled", ranks, {{ring_all_reduce(ranks, 10'007)}});
    for (const char* transport : {"modelled", "tcp", "shaped"}) {
      for (const int in_flight : {1, 3, 1000}) {
        const Segmentation cut{{1000}, in_flight};
        const auto cut_sums = sums(transport, ranks, segmented_ring_all_reduce(ranks, 10'007, cut));
        for (std::size_t rank = 0; rank < whole.size(); ++rank) {
          EXPECT_EQ(0, std::memcmp(cut_sums[rank].data(), whole[rank].data(),
                                   whole[rank].size() * sizeof(float)))
              << transport << ", rank " << rank << " of " << ranks << ", " << in_flight;
        }
      }
    }
  }
}

struct Timed {
  Duration end{};
  PhaseTimes times;
};

// Four ranks at 10 Mbit/s sum 1 000 elements; the times of rank 0.
Timed time_segments(const Segmentation& cut, Duration latency) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  ModelledNetwork network(clock, star_of(4, BitsPerSecond{10'000'000}, latency), RandomStreams(1));
  const SegmentedSchedule schedule = segmented_ring_all_reduce(4, 1000, cut);
  TaskGroup group(context.get_executor());
  std::vector<PhaseTimes> times(4);
  for (Rank rank = 0; rank < 4; ++rank) {
    group.spawn([](Transport& transport, const SegmentedSchedule& schedule,
                   PhaseTimes& times) -> Task<void> {
      FreeReducer reducer(co_await boost::asio::this_coro::executor);
      times = co_await transport.execute_segments(schedule, Buffers{}, reducer);
    }(network.endpoint(rank), schedule, times[static_cast<std::size_t>(rank)]));
  }
  clock.run(context);
  EXPECT_TRUE(group.done()) << network.waiting();
  return {clock.now().time_since_epoch(), times[0]};
}

// Chunks of 1000 bytes as five segments of 200, each 224 bytes with the frame header and 290 on the
// wire: 232 us. A segment comes back to where it can be sent on after 232 us and the latency. With
// five in flight the link has other segments to send meanwhile, for 928 us: a latency of up to that
// is seen once. With two there is one other, for 232 us.
TEST(Segments, HideTheLatency) {
  const Segmentation all{{200}, 5};
  EXPECT_EQ(time_segments(all, 100us).end, 6 * 5 * 232us + 100us);
  EXPECT_EQ(time_segments(all, 928us).end, 6 * 5 * 232us + 928us);
  // Beyond that all five wait for the first: 232 us + latency a step, and four more at the end.
  EXPECT_EQ(time_segments(all, 2ms).end, 6 * (232us + 2ms) + 4 * 232us);
  const Segmentation one{{200}, 1};
  EXPECT_EQ(time_segments(one, 100us).end, 5 * 6 * (232us + 100us));
}

TEST(Segments, HavePhasesThatAddUpToTheTimeThatTheyTook) {
  for (const Duration latency : {Duration(100us), Duration(2ms)}) {
    const Timed timed = time_segments({{200}, 3}, latency);
    EXPECT_EQ(timed.times.send + timed.times.wait + timed.times.reduce, timed.end);
    EXPECT_GT(timed.times.send, 0us);
    EXPECT_GT(timed.times.wait, 0us);
  }
}

}  // namespace
}  // namespace gradwire
