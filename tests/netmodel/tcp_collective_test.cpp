// Collectives over TCP, whose pieces leave from the buffers of the ranks and are read into them:
// with pieces of several blocks, reducers that take their time, ranks that are late, and ranks that
// give up in the middle.
#include "netmodel/transports/tcp_collective.hpp"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <numeric>
#include <random>

#include "tests/netmodel/wire_fixture.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Socket = WireFixture::Socket;
using Values = std::vector<float>;

constexpr Tag kFirstCollective{static_cast<std::uint64_t>(kReservedTags)};

TcpOptions with_long_messages() {
  TcpOptions options = WireFixture::short_options();
  options.largest_message = Bytes{1 << 26};
  return options;
}

void join_all(WireFixture& fixture, int ranks) {
  std::vector<Task<void>> joining;
  for (Rank rank = 0; rank < ranks; ++rank) joining.push_back(fixture.join(rank));
  fixture.run(std::move(joining));
}

// Does its work, and says so, some turns of the executor after it was asked to.
class LateReducer final : public Reducer {
 public:
  LateReducer(boost::asio::any_io_executor executor, int turns)
      : executor_(std::move(executor)), turns_(turns) {}
  void start(Bytes /*amount*/, std::function<void()> work, std::function<void()> done) override {
    finish_after(turns_, std::move(work), std::move(done));
  }

 private:
  void finish_after(int turns, std::function<void()> work, std::function<void()> done) {
    boost::asio::post(executor_, [this, turns, work, done] {
      if (turns > 0) return finish_after(turns - 1, work, done);
      if (work) work();
      done();
    });
  }
  boost::asio::any_io_executor executor_;
  int turns_;
};

// Ring all-reduce: chunk r starts at rank r, is summed on its way around, and goes around again.
class Ring final : public Schedule {
 public:
  Ring(int ranks, std::int64_t chunk) : ranks_(ranks), chunk_(chunk) {}
  int ranks() const override { return ranks_; }
  std::int64_t elements() const override { return ranks_ * chunk_; }
  int steps() const override { return 2 * (ranks_ - 1); }
  void describe(Rank rank, int index, Step& step) const override {
    const bool gathers = index >= ranks_ - 1;
    const int sent = rank - index + (gathers ? ranks_ : 0);
    step.sends = {{wrap(rank + 1), part(sent)}};
    step.receives = {{wrap(rank - 1), part(sent - 1), gathers ? Combine::replace : Combine::sum}};
  }

 private:
  int wrap(int value) const { return (value + 2 * ranks_) % ranks_; }
  Range part(int index) const { return {wrap(index) * chunk_, chunk_}; }

  int ranks_;
  std::int64_t chunk_;
};

// Rank 1 sends all that it has to rank 0, and gets it back.
class ThereAndBack final : public Schedule {
 public:
  ThereAndBack(std::int64_t elements, Combine combine) : elements_(elements), combine_(combine) {}
  int ranks() const override { return 2; }
  std::int64_t elements() const override { return elements_; }
  int steps() const override { return 2; }
  void describe(Rank rank, int index, Step& step) const override {
    step = {};
    const Range all{0, elements_};
    if ((rank == 1) == (index == 0)) {
      step.sends = {{1 - rank, all}};
    } else {
      step.receives = {{1 - rank, all, combine_}};
    }
  }

 private:
  std::int64_t elements_;
  Combine combine_;
};

std::vector<Values> random_buffers(int ranks, std::int64_t elements, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Values> buffers(static_cast<std::size_t>(ranks));
  for (Values& buffer : buffers) {
    for (std::int64_t i = 0; i < elements; ++i) {
      buffer.push_back(static_cast<float>(static_cast<double>(random() % 1'000'000) * 1e-4 - 50.0));
    }
  }
  return buffers;
}

// The sum of chunk r begins with the content of rank r and goes on around the ring.
Values ring_sums(const std::vector<Values>& buffers, std::size_t chunk) {
  const std::size_t ranks = buffers.size();
  Values sums(ranks * chunk);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::size_t first = i / chunk;
    sums[i] = buffers[first][i];
    for (std::size_t k = 1; k < ranks; ++k) sums[i] += buffers[(first + k) % ranks][i];
  }
  return sums;
}

bool same_bits(const Values& a, const Values& b) {
  return std::ranges::equal(std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
}

Task<void> execute(Transport& transport, const Schedule& schedule, Values& values, int turns) {
  LateReducer reducer(co_await boost::asio::this_coro::executor, turns);
  co_await transport.execute(schedule, {values}, reducer);
}

Task<void> execute_late(WireFixture& fixture, Rank rank, Duration delay, const Schedule& schedule,
                        Values& values, int turns) {
  co_await fixture.clock().sleep_for(delay);
  co_await execute(fixture.at(rank), schedule, values, turns);
}

// 170 001 elements a chunk are 2.6 blocks. Whoever is on time meets late ones: its pieces lie in
// their mailboxes then.
TEST(TcpCollective, SumsToTheLastBitWhoeverIsLateAndHoweverLongASumTakes) {
  constexpr int kRanks = 3;
  const Ring ring(kRanks, 170'001);
  check_schedule(ring);
  for (const std::uint64_t seed : seeds(4)) {
    WireFixture fixture(kRanks, kRanks, with_long_messages());
    join_all(fixture, kRanks);
    const int turns = seed % 2 == 0 ? 0 : 40;
    const auto late = static_cast<Rank>(seed % kRanks);
    auto buffers = random_buffers(kRanks, ring.elements(), seed);
    const Values expected = ring_sums(buffers, 170'001);
    std::vector<Task<void>> tasks;
    for (Rank rank = 0; rank < kRanks; ++rank) {
      tasks.push_back(execute_late(fixture, rank, rank == late ? 10ms : 0ms, ring,
                                   buffers[static_cast<std::size_t>(rank)], turns));
    }
    fixture.run(std::move(tasks));
    for (Rank rank = 0; rank < kRanks; ++rank) {
      EXPECT_TRUE(same_bits(buffers[static_cast<std::size_t>(rank)], expected))
          << "seed " << seed << ", rank " << rank;
      EXPECT_EQ(fixture.at(rank).sent().messages, 4);
      EXPECT_EQ(fixture.at(rank).sent().bytes, Bytes{4 * 170'001 * 4});
    }
  }
}

Task<void> execute_both(Transport& transport, const Schedule& schedule, Values& first,
                        Values& second) {
  std::vector<Task<void>> both;
  both.push_back(execute(transport, schedule, first, 3));
  both.push_back(execute(transport, schedule, second, 0));
  co_await when_all(std::move(both));
}

TEST(TcpCollective, TwoAtATimeDoNotMix) {
  constexpr int kRanks = 3;
  const Ring ring(kRanks, 100'000);
  WireFixture fixture(kRanks, kRanks, with_long_messages());
  join_all(fixture, kRanks);
  auto first = random_buffers(kRanks, ring.elements(), 1);
  auto second = random_buffers(kRanks, ring.elements(), 2);
  const Values first_sums = ring_sums(first, 100'000);
  const Values second_sums = ring_sums(second, 100'000);
  std::vector<Task<void>> tasks;
  for (std::size_t rank = 0; rank < kRanks; ++rank) {
    tasks.push_back(
        execute_both(fixture.at(static_cast<Rank>(rank)), ring, first[rank], second[rank]));
  }
  fixture.run(std::move(tasks));
  for (std::size_t rank = 0; rank < kRanks; ++rank) {
    EXPECT_TRUE(same_bits(first[rank], first_sums)) << "rank " << rank;
    EXPECT_TRUE(same_bits(second[rank], second_sums)) << "rank " << rank;
  }
}

// The buffer is overwritten and freed at once; a sanitizer would tell.
Task<void> give_up(WireFixture& fixture, Rank rank, Duration after, const Schedule& schedule,
                   int turns) {
  Values values(static_cast<std::size_t>(schedule.elements()));
  std::iota(values.begin(), values.end(), 0.0F);
  Task<void> collective = execute(fixture.at(rank), schedule, values, turns);
  const bool finished =
      co_await finishes_by(fixture.clock(), fixture.clock().now() + after, std::move(collective));
  EXPECT_FALSE(finished);
  std::ranges::fill(values, -1.0F);
}

Task<void> expect_whole_piece(WireFixture& fixture, std::size_t elements) {
  const Received received = co_await fixture.at(0).receive(1, kFirstCollective);
  Values expected(elements);
  std::iota(expected.begin(), expected.end(), 0.0F);
  EXPECT_TRUE(std::ranges::equal(received.message.bytes(), std::as_bytes(std::span(expected))));
}

TEST(TcpCollective, APieceOfOneWhoGivesUpArrivesAsItWas) {
  const ThereAndBack schedule(6'000'000, Combine::replace);
  for (const Duration after : {Duration(0us), Duration(300us), Duration(50ms)}) {
    WireFixture fixture(2, 2, with_long_messages());
    join_all(fixture, 2);
    fixture.run(give_up(fixture, 1, after, schedule, 0), expect_whole_piece(fixture, 6'000'000));
    fixture.expect_that_0_and_1_can_talk();
  }
}

TEST(TcpCollective, WhoGivesUpWhileAPieceComesCanStillTalk) {
  for (const Combine combine : {Combine::replace, Combine::sum}) {
    const ThereAndBack schedule(6'000'000, combine);
    for (const Duration after : {Duration(200us), Duration(2ms)}) {
      WireFixture fixture(2, 2, with_long_messages());
      join_all(fixture, 2);
      // Rank 0 is cancelled while its piece comes in, rank 1 while it waits for the answer.
      fixture.run(give_up(fixture, 0, after, schedule, 100'000),
                  give_up(fixture, 1, 60ms, schedule, 0));
      fixture.expect_that_0_and_1_can_talk();
    }
  }
}

std::string frame(FrameKind kind, const std::string& payload) {
  const FrameHeaderBytes header =
      encode({kind, kFirstCollective, {static_cast<std::int64_t>(payload.size())}});
  return std::string(reinterpret_cast<const char*>(header.data()), header.size()) + payload;
}

Task<void> meet_as_rank_1(WireFixture& fixture, Socket& socket) {
  socket = co_await fixture.connect_to(0);
  co_await shake_hands_as_connector(socket, fixture.secret(), 1, 0);
}

Task<void> speak(WireFixture& fixture, Socket& socket, Duration delay, std::string bytes) {
  co_await fixture.clock().sleep_for(delay);
  co_await write_bytes(socket, std::move(bytes));
}

Task<void> execute_in_vain(WireFixture& fixture, Duration delay, std::exception_ptr& error) {
  const ThereAndBack schedule(10, Combine::sum);
  Values values(10, 1.0F);
  Task<void> collective = execute_late(fixture, 0, delay, schedule, values, 0);
  try {
    co_await std::move(collective);
  } catch (const PeerLost&) {
    error = std::current_exception();
  }
}

// Before the collective has begun here, and after.
TEST(TcpCollective, APieceThatIsNotOfItsStepIsRefusedWithTheReason) {
  const std::pair<std::string, std::string> cases[] = {
      {frame(FrameKind::message, "abc"), "a piece of 3 bytes in place of 40"},
      {frame(FrameKind::message, std::string(44, 'x')), "a piece of 44 bytes in place of 40"},
      {frame(FrameKind::timing_only, std::string(40, '\0')),
       "a timing-only piece in place of one with content"},
  };
  for (const auto& [bytes, reason] : cases) {
    for (const bool early : {false, true}) {
      WireFixture fixture(1, 2);
      Socket rogue(fixture.context());
      fixture.run(fixture.join(0), meet_as_rank_1(fixture, rogue));
      std::exception_ptr error;
      fixture.run(execute_in_vain(fixture, early ? 20ms : 0ms, error),
                  speak(fixture, rogue, early ? 0ms : 10ms, bytes));
      EXPECT_THAT(loss_of(error), HasSubstr("rank 0 lost rank 1: it broke the protocol: " + reason))
          << early;
    }
  }
}

// The collective is over when the second half of the surplus comes.
TEST(TcpCollective, ASurplusPieceIsDroppedWithoutHarm) {
  const std::string surplus = frame(FrameKind::message, std::string(40, 'x'));
  WireFixture fixture(1, 2);
  Socket rogue(fixture.context());
  fixture.run(fixture.join(0), meet_as_rank_1(fixture, rogue));
  const ThereAndBack schedule(10, Combine::sum);
  Values values(10, 1.0F);
  fixture.run(execute_late(fixture, 0, 0ms, schedule, values, 0),
              speak(fixture, rogue, 10ms,
                    frame(FrameKind::message, std::string(40, '\0')) + surplus.substr(0, 50)));
  EXPECT_EQ(values, Values(10, 1.0F));
  fixture.run(speak(fixture, rogue, 0ms, surplus.substr(50)), fixture.clock().sleep_for(20ms));
}

}  // namespace
}  // namespace gradwire
