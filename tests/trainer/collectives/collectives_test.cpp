#include "trainer/collectives/collectives.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/asio/this_coro.hpp>
#include <cstring>

#include "netmodel/transports/collective_members.hpp"
#include "netmodel/transports/modelled_endpoint.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"
#include "tests/netmodel/transport_worlds.hpp"
#include "trainer/collectives/chunks.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

using MakeSchedule = SchedulePtr (*)(int, std::int64_t);

struct Kind {
  const char* name;
  MakeSchedule make;
};

SchedulePtr barrier_of(int ranks, std::int64_t /*elements*/) { return barrier(ranks); }

SchedulePtr gather_elements(int ranks, std::int64_t elements) {
  return gather_parts(ranks, elements, 1);
}

constexpr Kind kKinds[] = {{"ring", ring_all_reduce},         {"all_to_all", all_to_all_all_reduce},
                           {"gather_sum", gather_sum},        {"broadcast", broadcast},
                           {"gather_parts", gather_elements}, {"barrier", barrier_of}};

TEST(Chunks, CoverTheBufferWithSizesThatDifferByOne) {
  for (const std::int64_t elements : {0L, 1L, 7L, 535'818L}) {
    for (const int parts : {1, 2, 3, 9}) {
      std::int64_t end = 0;
      for (int i = 0; i < parts; ++i) {
        const Range range = chunk(elements, parts, i);
        EXPECT_EQ(range.begin, end);
        EXPECT_GE(range.count, elements / parts);
        EXPECT_LE(range.count, elements / parts + 1);
        end = range.begin + range.count;
      }
      EXPECT_EQ(end, elements);
    }
  }
}

TEST(Collectives, KeepThePromisesOfASchedule) {
  for (const Kind& kind : kKinds) {
    for (int ranks = 1; ranks <= 17; ++ranks) {
      for (const std::int64_t elements : {0L, 1L, 5L, 1000L}) {
        EXPECT_NO_THROW(check_schedule(*kind.make(ranks, elements)))
            << kind.name << " " << ranks << " " << elements;
      }
    }
  }
}

std::int64_t elements_sent(const Schedule& schedule, Rank rank) {
  std::int64_t sent = 0;
  Step step;
  for (int index = 0; index < schedule.steps(); ++index) {
    schedule.describe(rank, index, step);
    for (const SendPiece& piece : step.sends) sent += piece.range.count;
  }
  return sent;
}

// Steps and traffic as in the literature: ring 2 (N - 1) steps and 2 (N - 1) / N * S for each rank.
TEST(Collectives, SendWhatTheirDefinitionsSay) {
  EXPECT_EQ(ring_all_reduce(4, 1000)->steps(), 6);
  for (Rank rank = 0; rank < 4; ++rank) {
    EXPECT_EQ(elements_sent(*ring_all_reduce(4, 1000), rank), 1500);
    EXPECT_EQ(elements_sent(*all_to_all_all_reduce(4, 1000), rank), 3000);
    EXPECT_EQ(elements_sent(*gather_sum(4, 1000), rank), rank == 0 ? 0 : 1000);
    EXPECT_EQ(elements_sent(*broadcast(4, 1000), rank), rank == 0 ? 3000 : 0);
    EXPECT_EQ(elements_sent(*barrier(4), rank), 0);
  }
  EXPECT_EQ(ring_all_reduce(1, 1000)->steps(), 0);
}

// 10 units of 4 elements over 3 ranks: 4, 3 and 3 of them.
TEST(Collectives, GatherPartsOfWholeUnits) {
  const SchedulePtr schedule = gather_parts(3, 10, 4);
  EXPECT_EQ(schedule->elements(), 40);
  EXPECT_EQ(schedule->steps(), 1);
  EXPECT_EQ(elements_sent(*schedule, 0), 0);
  Step step;
  schedule->describe(2, 0, step);
  ASSERT_EQ(step.sends.size(), 1U);
  EXPECT_EQ(step.sends[0].range, (Range{28, 12}));
  EXPECT_EQ(elements_sent(*schedule, 1), 12);
}

Task<void> execute(Transport& transport, const Schedule& schedule, std::span<float> values) {
  FreeReducer reducer(co_await boost::asio::this_coro::executor);
  co_await transport.execute(schedule, {values}, reducer);
}

// The rank whose chunk the element is in.
int owner_of(std::int64_t element, std::int64_t elements, int ranks) {
  int rank = 0;
  while (element >= chunk(elements, ranks, rank).begin + chunk(elements, ranks, rank).count) ++rank;
  return rank;
}

// Values whose sum is exact in any order: the sum of rank + 1 over all ranks, times the index.
TEST(Collectives, GiveTheirResultOverEveryTransport) {
  for (const char* transport : {"modelled", "tcp", "shaped"}) {
    for (const int ranks : {1, 2, 3, 4, 7}) {
      const auto world = make_world(transport, star_of(ranks, BitsPerSecond{40'000'000'000}, 10us));
      for (const Kind& kind : kKinds) {
        const std::int64_t elements = kind.make == barrier_of ? 0 : 1003;
        const SchedulePtr schedule = kind.make(ranks, elements);
        std::vector<std::vector<float>> buffers;
        for (int rank = 0; rank < ranks; ++rank) {
          auto& buffer = buffers.emplace_back();
          for (std::int64_t i = 0; i < elements; ++i) {
            buffer.push_back(static_cast<float>((rank + 1) * (i % 100)));
          }
        }
        std::vector<Task<void>> tasks;
        for (Rank rank = 0; rank < ranks; ++rank) {
          tasks.push_back(
              execute(world->at(rank), *schedule, buffers[static_cast<std::size_t>(rank)]));
        }
        for (const auto& error : world->run(std::move(tasks))) EXPECT_FALSE(error);
        const std::string name = kind.name;
        for (int rank = 0; rank < ranks; ++rank) {
          const bool summed =
              name == "ring" || name == "all_to_all" || (name == "gather_sum" && rank == 0);
          int factor = summed ? ranks * (ranks + 1) / 2 : name == "broadcast" ? 1 : rank + 1;
          for (std::int64_t i = 0; i < elements; ++i) {
            if (rank == 0 && name == "gather_parts") factor = owner_of(i, elements, ranks) + 1;
            ASSERT_EQ(buffers[static_cast<std::size_t>(rank)][static_cast<std::size_t>(i)],
                      static_cast<float>(factor * (i % 100)))
                << transport << " " << name << " " << ranks << " ranks, rank " << rank;
          }
        }
      }
    }
  }
}

TEST(Collectives, LeaveTheSameBitsOnEveryRank) {
  for (const MakeSchedule make : {&ring_all_reduce, &all_to_all_all_reduce}) {
    const int ranks = 5;
    const auto world = make_world("modelled", star_of(ranks, BitsPerSecond{1'000'000'000}, 10us));
    std::vector<std::vector<float>> buffers;
    for (int rank = 0; rank < ranks; ++rank) {
      auto& buffer = buffers.emplace_back();
      for (int i = 0; i < 997; ++i) {
        buffer.push_back(1.0F / static_cast<float>(1 + rank * 31 + i * 7));
      }
    }
    const SchedulePtr schedule = make(ranks, 997);
    std::vector<Task<void>> tasks;
    for (Rank rank = 0; rank < ranks; ++rank) {
      tasks.push_back(execute(world->at(rank), *schedule, buffers[static_cast<std::size_t>(rank)]));
    }
    world->run(std::move(tasks));
    for (int rank = 1; rank < ranks; ++rank) {
      EXPECT_EQ(0, std::memcmp(buffers[0].data(), buffers[static_cast<std::size_t>(rank)].data(),
                               997 * sizeof(float)));
    }
  }
}

// A reducer that takes time, as a node's processor does.
class SlowReducer final : public Reducer {
 public:
  explicit SlowReducer(VirtualClock& clock) : clock_(clock) {}
  std::optional<Duration> duration(Bytes amount) const override {
    return Duration(amount.count / 3);
  }
  void start(Bytes amount, std::function<void()> work, std::function<void()> done) override {
    if (work) work();
    done_ = std::move(done);
    clock_.at(clock_.now() + *duration(amount),
              {[](void* self, std::uint64_t) {
                 std::exchange(static_cast<SlowReducer*>(self)->done_, nullptr)();
               },
               this});
  }

 private:
  VirtualClock& clock_;
  std::function<void()> done_;
};

Task<void> run_collectives(ModelledEndpoint& endpoint, VirtualClock& clock, bool as_a_whole,
                           std::int64_t elements, std::vector<TimePoint>& ends) {
  SlowReducer reducer(clock);
  std::vector<float> values(static_cast<std::size_t>(elements), 1.0F);
  for (const Kind& kind : kKinds) {
    const bool is_barrier = kind.make == barrier_of;
    const SchedulePtr schedule = kind.make(endpoint.size(), elements);
    const Buffers buffers =
        is_barrier || endpoint.size() % 2 == 0 ? Buffers{} : Buffers{std::span(values)};
    if (as_a_whole) {
      co_await endpoint.execute(*schedule, buffers, reducer);
    } else {
      co_await endpoint.execute_step_by_step(*schedule, buffers, reducer);
    }
    ends.push_back(clock.now());
  }
}

// One rank that takes part in all of them without a coroutine.
class Participant final : public CollectiveListener {
 public:
  Participant(ModelledEndpoint& endpoint, VirtualClock& clock, std::int64_t elements,
              std::vector<TimePoint>& ends)
      : endpoint_(endpoint), clock_(clock), reducer_(clock), elements_(elements), ends_(ends) {
    begin();
  }
  void collective_over(Rank rank, const PhaseTimes& /*times*/) override {
    EXPECT_EQ(rank, endpoint_.rank());
    ends_.push_back(clock_.now());
    if (ends_.size() < std::size(kKinds)) begin();
  }
  void collective_lost(Rank rank, Rank /*peer*/) override { ADD_FAILURE() << rank; }

 private:
  void begin() {
    schedule_ = kKinds[ends_.size()].make(endpoint_.size(), elements_);
    endpoint_.execute(*schedule_, reducer_, *this);
  }

  ModelledEndpoint& endpoint_;
  VirtualClock& clock_;
  SlowReducer reducer_;
  std::int64_t elements_;
  std::vector<TimePoint>& ends_;
  SchedulePtr schedule_;
};

enum class How { as_a_whole, step_by_step, without_coroutines };

std::vector<std::vector<TimePoint>> collective_ends(int ranks, Duration jitter, How how) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  std::vector<StarCable> cables;
  for (int i = 0; i < ranks; ++i) {
    cables.push_back({BitsPerSecond{10'000'000 + 3'000'000 * (i % 3)}, 50us + 7us * i, jitter, 0});
  }
  ModelledNetwork network(clock, make_star(cables), RandomStreams(5));
  TaskGroup group(context.get_executor());
  std::vector<std::vector<TimePoint>> ends(static_cast<std::size_t>(ranks));
  std::vector<std::unique_ptr<Participant>> participants;
  for (Rank rank = 0; rank < ranks; ++rank) {
    auto& endpoint = static_cast<ModelledEndpoint&>(network.endpoint(rank));
    auto& ends_of_rank = ends[static_cast<std::size_t>(rank)];
    if (how == How::without_coroutines) {
      participants.push_back(std::make_unique<Participant>(endpoint, clock, 10'007, ends_of_rank));
    } else {
      group.spawn(run_collectives(endpoint, clock, how == How::as_a_whole, 10'007, ends_of_rank));
    }
  }
  clock.run(context);
  EXPECT_TRUE(group.done()) << network.waiting();
  return ends;
}

TEST(ModelledCollective, AsAWholeTakesTheSameTimeAsStepByStepToTheNanosecond) {
  for (const int ranks : {1, 2, 3, 4, 8, 13}) {
    for (const Duration jitter : {0us, 200us}) {
      SCOPED_TRACE(fmt::format("{} ranks, jitter {} ns", ranks, jitter.count()));
      const auto ends = collective_ends(ranks, jitter, How::step_by_step);
      EXPECT_EQ(collective_ends(ranks, jitter, How::as_a_whole), ends);
      EXPECT_EQ(collective_ends(ranks, jitter, How::without_coroutines), ends);
    }
  }
}

// 4 ranks, 1 000 elements: chunks of 1000 bytes; with the frame header 1024 bytes, one segment,
// 1090 bytes on the wire: 872 us at 10 Mbit/s, and 100 us of latency. Six steps.
TEST(ModelledCollective, RingOnAStarEqualsItsClosedForm) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  ModelledNetwork network(clock, star_of(4, BitsPerSecond{10'000'000}, 100us), RandomStreams(1));
  const SchedulePtr schedule = ring_all_reduce(4, 1000);
  TaskGroup group(context.get_executor());
  for (Rank rank = 0; rank < 4; ++rank) {
    group.spawn([](Transport& transport, const Schedule& schedule) -> Task<void> {
      FreeReducer reducer(co_await boost::asio::this_coro::executor);
      const PhaseTimes times = co_await transport.execute(schedule, Buffers{}, reducer);
      EXPECT_EQ(times.send, 6 * 872us);
      EXPECT_EQ(times.wait, 6 * 100us);
      EXPECT_EQ(times.reduce, 0us);
    }(network.endpoint(rank), *schedule));
  }
  clock.run(context);
  ASSERT_TRUE(group.done()) << network.waiting();
  EXPECT_EQ(clock.now(), TimePoint(6 * (872us + 100us)));
  EXPECT_EQ(network.delivered(), 24);
  for (const LinkTraffic& link : network.usage()) {
    EXPECT_EQ(link.bytes, Bytes{6 * 1090});
    EXPECT_EQ(link.busy, 6 * 872us);
  }
}

TEST(ModelledCollective, SaysWhoWaitsForWhomInADeadlock) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  ModelledNetwork network(clock, star_of(3, BitsPerSecond{10'000'000}, 100us), RandomStreams(1));
  const SchedulePtr schedule = ring_all_reduce(3, 30);
  TaskGroup group(context.get_executor());
  for (const Rank rank : {0, 1}) {  // rank 2 never comes
    group.spawn(execute(network.endpoint(rank), *schedule, {}));
  }
  clock.run(context);
  EXPECT_FALSE(group.done());
  EXPECT_EQ(network.waiting(),
            "rank 0 waits in step 1 of collective 0 for rank 2\n"
            "rank 1 waits in step 2 of collective 0 for rank 0\n");
  group.cancel();
  clock.run(context);
  EXPECT_TRUE(group.done());
}

}  // namespace
}  // namespace gradwire
