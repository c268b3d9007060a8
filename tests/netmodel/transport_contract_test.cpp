// What every transport promises, over each of them, 1 to 9 ranks, and 0 bytes to 8 MB.
#include <boost/asio/this_coro.hpp>
#include <numeric>
#include <random>

#include "netmodel/check.hpp"
#include "tests/netmodel/transport_contract.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;

constexpr Tag kTag{5};

Message pattern(Rank from, Rank to, std::int64_t size) {
  Message message = Message::uninitialised({size});
  std::int64_t i = from * 31 + to * 7;
  for (std::byte& byte : message.bytes()) byte = static_cast<std::byte>(i++ % 251);
  return message;
}

bool has_pattern(const Message& message, Rank from, Rank to, std::int64_t size) {
  const Message expected = pattern(from, to, size);
  return message.size() == Bytes{size} && std::ranges::equal(message.bytes(), expected.bytes());
}

// Each rank sends to the `peers` ranks after it.
Task<void> exchange(Transport& transport, int peers, std::int64_t size, int& good) {
  for (int shift = 1; shift <= peers; ++shift) {
    const Rank to = (transport.rank() + shift) % transport.size();
    const Rank from = (transport.rank() - shift + transport.size()) % transport.size();
    std::vector<Task<void>> both;
    both.push_back(transport.send(to, kTag, pattern(transport.rank(), to, size)));
    both.push_back([](Transport& transport, Rank from, std::int64_t size, int& good) -> Task<void> {
      const Received received = co_await transport.receive(from, kTag);
      good += has_pattern(received.message, from, transport.rank(), size) ? 1 : 0;
      EXPECT_EQ(received.from, from);
    }(transport, from, size, good));
    co_await when_all(std::move(both));
  }
}

TEST_P(EveryTransport, CarriesAnySizeBetweenAllPairs) {
  const auto world = this->world();
  int sent = 0;
  for (const std::int64_t size : {0L, 1L, 1447L, 1448L, 1449L, 65536L, 1'000'003L, 8'000'000L}) {
    // The largest goes round a ring when all pairs would take hundreds of megabytes.
    const int peers = size == 8'000'000 && ranks() > 4 ? 1 : ranks() - 1;
    std::vector<int> good(static_cast<std::size_t>(ranks()));
    std::vector<Task<void>> tasks;
    for (Rank rank = 0; rank < ranks(); ++rank) {
      tasks.push_back(exchange(world->at(rank), peers, size, good[static_cast<std::size_t>(rank)]));
    }
    expect_no_errors(world->run(std::move(tasks)));
    EXPECT_THAT(good, Each(peers)) << size << " bytes";
    sent += peers;
  }
  for (Rank rank = 0; rank < ranks(); ++rank) {
    EXPECT_EQ(world->at(rank).sent().messages, sent);
  }
}

TEST_P(EveryTransport, CarriesTimingOnlyMessages) {
  const auto world = this->world();
  std::vector<Task<void>> tasks;
  for (Rank rank = 0; rank < ranks(); ++rank) {
    tasks.push_back([](Transport& transport) -> Task<void> {
      if (transport.rank() == 0) {
        for (Rank to = 1; to < transport.size(); ++to) {
          co_await transport.send(to, kTag, Message::timing_only({300'000}));
        }
      } else {
        const Received received = co_await transport.receive(0, kTag);
        EXPECT_TRUE(received.message.is_timing_only());
        EXPECT_EQ(received.message.size(), Bytes{300'000});
        EXPECT_TRUE(received.message.bytes().empty());
      }
    }(world->at(rank)));
  }
  expect_no_errors(world->run(std::move(tasks)));
}

// A seeded schedule with all that one may hold: sums of several pieces in one range with the own
// content before, between and after them, replacements, idle ranks, empty ranges.
class RandomSchedule final : public Schedule {
 public:
  RandomSchedule(int ranks, std::int64_t elements, std::uint64_t seed)
      : elements_(elements), steps_(static_cast<std::size_t>(kSteps)) {
    std::mt19937_64 random(seed);
    for (auto& step : steps_) {
      step.resize(static_cast<std::size_t>(ranks));
      for (Rank to = 0; to < ranks; ++to) {
        const std::int64_t middle = static_cast<std::int64_t>(random() % (elements + 1));
        for (Rank from = 0; from < ranks; ++from) {
          if (from == to || random() % 3 == 0) continue;
          // The first part of the buffer is summed from all; the rest is replaced by one.
          const bool replaces = from == (to + 1) % ranks;
          const Range range = replaces ? Range{middle, elements - middle} : Range{0, middle};
          step[static_cast<std::size_t>(from)].sends.push_back({to, range});
          step[static_cast<std::size_t>(to)].receives.push_back(
              {from, range, replaces ? Combine::replace : Combine::sum});
        }
      }
    }
  }
  int ranks() const override { return static_cast<int>(steps_.front().size()); }
  std::int64_t elements() const override { return elements_; }
  int steps() const override { return kSteps; }
  void describe(Rank rank, int index, Step& step) const override {
    step = steps_[static_cast<std::size_t>(index)][static_cast<std::size_t>(rank)];
  }

 private:
  static constexpr int kSteps = 4;
  std::int64_t elements_;
  std::vector<std::vector<Step>> steps_;
};

std::vector<std::vector<float>> initial_buffers(int ranks, std::int64_t elements) {
  std::vector<std::vector<float>> buffers;
  std::mt19937_64 random(99);
  for (int rank = 0; rank < ranks; ++rank) {
    auto& buffer = buffers.emplace_back();
    for (std::int64_t i = 0; i < elements; ++i) {
      buffer.push_back(static_cast<float>(static_cast<double>(random() % 100'000) * 1e-3 - 50.0));
    }
  }
  return buffers;
}

// What the definition of Step says, written down plainly.
void execute_naively(const Schedule& schedule, std::vector<std::vector<float>>& buffers) {
  for (int index = 0; index < schedule.steps(); ++index) {
    const auto before = buffers;
    for (Rank rank = 0; rank < schedule.ranks(); ++rank) {
      Step step;
      schedule.describe(rank, index, step);
      for (std::int64_t i = 0; i < schedule.elements(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        std::map<Rank, float> addends;
        for (const ReceivePiece& piece : step.receives) {
          if (i < piece.range.begin || i >= piece.range.begin + piece.range.count) continue;
          const float value = before[static_cast<std::size_t>(piece.from)][at];
          if (piece.combine == Combine::replace) {
            buffers[static_cast<std::size_t>(rank)][at] = value;
          } else {
            addends[piece.from] = value;
          }
        }
        if (addends.empty()) continue;
        addends[rank] = before[static_cast<std::size_t>(rank)][at];
        float sum = addends.begin()->second;
        for (auto next = std::next(addends.begin()); next != addends.end(); ++next) {
          sum += next->second;
        }
        buffers[static_cast<std::size_t>(rank)][at] = sum;
      }
    }
  }
}

Task<void> execute(Transport& transport, const Schedule& schedule, std::span<float> values) {
  FreeReducer reducer(co_await boost::asio::this_coro::executor);
  co_await transport.execute(schedule, {values}, reducer);
}

TEST_P(EveryTransport, ExecutesAScheduleToTheLastBit) {
  const auto world = this->world();
  for (const std::int64_t elements : {0L, 1L, 1000L, 50'000L}) {
    const RandomSchedule schedule(ranks(), elements, 17 + static_cast<std::uint64_t>(elements));
    check_schedule(schedule);
    auto buffers = initial_buffers(ranks(), elements);
    auto expected = buffers;
    execute_naively(schedule, expected);
    std::vector<Task<void>> tasks;
    for (Rank rank = 0; rank < ranks(); ++rank) {
      tasks.push_back(execute(world->at(rank), schedule, buffers[static_cast<std::size_t>(rank)]));
    }
    expect_no_errors(world->run(std::move(tasks)));
    for (int rank = 0; rank < ranks(); ++rank) {
      const auto at = static_cast<std::size_t>(rank);
      EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(buffers[at])),
                                     std::as_bytes(std::span(expected[at]))))
          << "rank " << rank << ", " << elements << " elements";
    }
  }
}

// A schedule that works on a part of a longer buffer.
class PartOfABuffer final : public Schedule {
 public:
  PartOfABuffer(std::shared_ptr<const Schedule> part, std::int64_t begin, std::int64_t elements)
      : part_(std::move(part)), begin_(begin), elements_(elements) {}
  int ranks() const override { return part_->ranks(); }
  std::int64_t elements() const override { return elements_; }
  int steps() const override { return part_->steps(); }
  void describe(Rank rank, int index, Step& step) const override {
    part_->describe(rank, index, step);
    for (SendPiece& piece : step.sends) piece.range.begin += begin_;
    for (ReceivePiece& piece : step.receives) piece.range.begin += begin_;
  }

 private:
  std::shared_ptr<const Schedule> part_;
  std::int64_t begin_;
  std::int64_t elements_;
};

// Parts of different lengths, an empty one among them.
SegmentedSchedule random_segments(int ranks) {
  constexpr std::int64_t kLengths[] = {30'000, 1, 0, 20'000, 700, 40'000, 5};
  const std::int64_t elements = std::accumulate(std::begin(kLengths), std::end(kLengths), 0L);
  SegmentedSchedule schedule;
  std::int64_t begin = 0;
  for (const std::int64_t length : kLengths) {
    const auto seed = 23 + static_cast<std::uint64_t>(begin);
    auto part = std::make_shared<RandomSchedule>(ranks, length, seed);
    schedule.segments.push_back(std::make_shared<PartOfABuffer>(std::move(part), begin, elements));
    begin += length;
  }
  return schedule;
}

Task<void> execute_segments(Transport& transport, const SegmentedSchedule& schedule,
                            std::span<float> values) {
  FreeReducer reducer(co_await boost::asio::this_coro::executor);
  co_await transport.execute_segments(schedule, {values}, reducer);
}

TEST_P(EveryTransport, ExecutesSegmentsToTheLastBitHoweverManyAreInFlight) {
  const auto world = this->world();
  SegmentedSchedule schedule = random_segments(ranks());
  const auto initial = initial_buffers(ranks(), schedule.segments.front()->elements());
  auto expected = initial;
  for (const auto& segment : schedule.segments) execute_naively(*segment, expected);
  for (const int in_flight : {1, 2, 5, 100}) {
    schedule.in_flight = in_flight;
    auto buffers = initial;
    std::vector<Task<void>> tasks;
    for (Rank rank = 0; rank < ranks(); ++rank) {
      tasks.push_back(
          execute_segments(world->at(rank), schedule, buffers[static_cast<std::size_t>(rank)]));
    }
    expect_no_errors(world->run(std::move(tasks)));
    for (int rank = 0; rank < ranks(); ++rank) {
      const auto at = static_cast<std::size_t>(rank);
      EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(buffers[at])),
                                     std::as_bytes(std::span(expected[at]))))
          << "rank " << rank << ", " << in_flight << " in flight";
    }
  }
}

TEST_P(EveryTransport, KeepsTheOrderBetweenTwoRanksAndTellsTagsApart) {
  const auto world = this->world();
  std::vector<Task<void>> tasks;
  std::vector<int> got;
  for (Rank rank = 0; rank < ranks(); ++rank) {
    tasks.push_back([](Transport& transport, std::vector<int>& got) -> Task<void> {
      if (transport.size() < 2 || transport.rank() > 1) co_return;
      if (transport.rank() == 0) {
        for (int i = 0; i < 20; ++i) {
          co_await transport.send(1, Tag{static_cast<std::uint64_t>(i % 2)},
                                  Message::copy_of(std::as_bytes(std::span(&i, 1))));
        }
        co_return;
      }
      for (const std::uint64_t tag : {1ULL, 0ULL}) {
        for (int i = 0; i < 10; ++i) {
          const Received received = co_await transport.receive(kAnySource, Tag{tag});
          int value = 0;
          std::memcpy(&value, received.message.bytes().data(), sizeof(value));
          got.push_back(value);
        }
      }
    }(world->at(rank), got));
  }
  expect_no_errors(world->run(std::move(tasks)));
  if (ranks() < 2) return;
  std::vector<int> expected;
  for (int i = 1; i < 20; i += 2) expected.push_back(i);
  for (int i = 0; i < 20; i += 2) expected.push_back(i);
  EXPECT_EQ(got, expected);
}

TEST_P(EveryTransport, AReceiveGivesUpAtItsDeadlineAndLosesNothing) {
  const auto world = this->world();
  std::vector<Task<void>> tasks;
  int received_late = 0;
  for (Rank rank = 0; rank < ranks(); ++rank) {
    tasks.push_back([](Transport& transport, Clock& clock, int& late) -> Task<void> {
      if (transport.size() < 2 || transport.rank() > 1) co_return;
      if (transport.rank() == 0) {
        co_await clock.sleep_for(30ms);
        co_await transport.send(1, kTag, pattern(0, 1, 10));
        co_return;
      }
      const auto none = co_await receive_until(transport, clock, 0, kTag, clock.now() + 5ms);
      EXPECT_FALSE(none.has_value());
      const auto some = co_await receive_until(transport, clock, 0, kTag, clock.now() + 10s);
      late += some.has_value() ? 1 : 0;
    }(world->at(rank), world->clock(), received_late));
  }
  expect_no_errors(world->run(std::move(tasks)));
  EXPECT_EQ(received_late, ranks() < 2 ? 0 : 1);
}

TEST_P(EveryTransport, APeerThatVanishesIsNamedToAllWhoWaitForIt) {
  const auto world = this->world();
  std::vector<Task<void>> tasks;
  for (Rank rank = 0; rank < ranks(); ++rank) {
    tasks.push_back([](TransportWorld& world, Rank rank) -> Task<void> {
      Transport& transport = world.at(rank);
      if (rank == transport.size() - 1) {
        co_await world.clock().sleep_for(5ms);
        world.crash(rank);
      } else {
        co_await transport.receive(transport.size() - 1, kTag);
      }
    }(*world, rank));
  }
  const auto errors = world->run(std::move(tasks));
  for (Rank rank = 0; rank + 1 < ranks(); ++rank) {
    ASSERT_TRUE(errors[static_cast<std::size_t>(rank)]) << "rank " << rank;
    try {
      std::rethrow_exception(errors[static_cast<std::size_t>(rank)]);
    } catch (const PeerLost& lost) {
      EXPECT_EQ(lost.peer(), ranks() - 1);
    }
  }
}

// Whoever waits with a deadline used to learn of it at the deadline only, as of a silent peer.
TEST_P(EveryTransport, AReceiveWithADeadlineFailsAtOnceWhenItsPeerVanishes) {
  if (ranks() < 2) return;
  const auto world = this->world();
  std::vector<Task<void>> tasks;
  for (Rank rank = 0; rank < ranks(); ++rank) {
    tasks.push_back([](TransportWorld& world, Rank rank) -> Task<void> {
      if (rank == 0) {
        co_await receive_until(world.at(0), world.clock(), 1, kTag, world.clock().now() + 1h);
      } else if (rank == 1) {
        co_await world.clock().sleep_for(5ms);
        world.crash(1);
      }
    }(*world, rank));
  }
  const auto errors = world->run(std::move(tasks));
  ASSERT_TRUE(errors[0]);
  EXPECT_THROW(std::rethrow_exception(errors[0]), PeerLost);
}

TEST_P(EveryTransport, ACollectiveWithoutOneOfItsRanksFails) {
  const auto world = this->world();
  SegmentedSchedule schedule = random_segments(ranks());
  schedule.in_flight = 3;
  auto buffers = initial_buffers(ranks(), schedule.segments.front()->elements());
  std::vector<Task<void>> tasks;
  for (Rank rank = 0; rank < ranks(); ++rank) {
    tasks.push_back([](TransportWorld& world, Rank rank, const SegmentedSchedule& schedule,
                       std::span<float> values) -> Task<void> {
      if (rank == world.at(rank).size() - 1) {
        co_await world.clock().sleep_for(5ms);
        world.crash(rank);
        co_return;
      }
      FreeReducer reducer(co_await boost::asio::this_coro::executor);
      std::exception_ptr error;
      try {
        co_await world.at(rank).execute_segments(schedule, {values}, reducer);
      } catch (...) {
        error = std::current_exception();
      }
      world.crash(rank);  // as a worker does that gives up
      if (error) std::rethrow_exception(error);
    }(*world, rank, schedule, buffers[static_cast<std::size_t>(rank)]));
  }
  const auto errors = world->run(std::move(tasks));
  for (Rank rank = 0; rank + 1 < ranks(); ++rank) {
    EXPECT_THROW(
        {
          if (errors[static_cast<std::size_t>(rank)]) {
            std::rethrow_exception(errors[static_cast<std::size_t>(rank)]);
          }
        },
        PeerLost)
        << "rank " << rank;
  }
}

}  // namespace
}  // namespace gradwire
