// A member of the run that breaks the protocol after the handshake: rank 2, played by the test. Its
// connection is closed with the reason, at little cost, and ranks 0 and 1 go on.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <random>

#include "tests/netmodel/wire_fixture.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Socket = WireFixture::Socket;

constexpr Tag kTag{5};
constexpr Rank kRogue = 2;

std::string frame(FrameKind kind, Bytes length, const std::string& payload) {
  const FrameHeaderBytes header = encode({kind, kTag, length});
  std::string bytes(reinterpret_cast<const char*>(header.data()), header.size());
  return bytes + payload;
}

std::string message(const std::string& payload) {
  return frame(FrameKind::message, {static_cast<std::int64_t>(payload.size())}, payload);
}

std::string with(std::string bytes, std::size_t at, int value) {
  bytes[at] = static_cast<char>(value);
  return bytes;
}

Task<void> meet(WireFixture& fixture, Rank rank, Socket& socket) {
  socket = co_await fixture.connect_to(rank);
  co_await shake_hands_as_connector(socket, fixture.secret(), kRogue, rank);
}

// What rank 0 gets from the rogue until it loses it.
struct Heard {
  int messages = 0;
  std::string loss;
};

Task<void> listen_to_rogue(WireFixture& fixture, Heard& heard) {
  std::exception_ptr error;
  try {
    for (;;) {
      co_await fixture.at(0).receive(kRogue, kTag);
      ++heard.messages;
    }
  } catch (const PeerLost&) {
    error = std::current_exception();
  }
  heard.loss = loss_of(error);
}

Task<void> speak(Socket& socket, std::string bytes) {
  co_await write_bytes(socket, std::move(bytes));
  boost::system::error_code ignored;
  socket.shutdown(Socket::shutdown_send, ignored);
  co_await read_to_end(socket);
  socket.close();
}

// Joins, lets the rogue say its piece to rank 0, and checks that 0 and 1 can still talk.
Heard hear(const std::string& bytes) {
  WireFixture fixture(2, 3);
  Socket to_0(fixture.context());
  Socket to_1(fixture.context());
  std::vector<Task<void>> joining;
  joining.push_back(fixture.join(0));
  joining.push_back(fixture.join(1));
  joining.push_back(meet(fixture, 0, to_0));
  joining.push_back(meet(fixture, 1, to_1));
  fixture.run(std::move(joining));
  Heard heard;
  fixture.run(listen_to_rogue(fixture, heard), speak(to_0, bytes));
  fixture.expect_that_0_and_1_can_talk();
  return heard;
}

TEST(Wire, FramesThatAreInOrderArrive) {
  const Heard heard =
      hear(message("one") + message("") + frame(FrameKind::timing_only, {3}, "xyz") +
           frame(FrameKind::goodbye, {}, ""));
  EXPECT_EQ(heard.messages, 3);
  EXPECT_EQ(heard.loss, "rank 0 lost rank 2: it has left");
}

TEST(Wire, EveryBreachEndsTheConnectionWithItsReason) {
  const std::string good = message("fine");
  const std::pair<std::string, std::string> cases[] = {
      {std::string(500, '\xee'), "it broke the protocol: not a frame: it begins with bytes 0xee"},
      {with(good, 2, 9), "it broke the protocol: frame version 9, expected 1"},
      {with(good, 3, 77), "it broke the protocol: unknown frame kind 77"},
      {with(good, 5, 1), "it broke the protocol: reserved bytes are not zero"},
      {with(good, 3, 3), "it broke the protocol: a goodbye with a payload"},
      {frame(FrameKind::message, {1LL << 32}, ""),
       "it broke the protocol: frame of 4294967296 bytes, the limit is 1048576"},
      {frame(FrameKind::timing_only, {std::numeric_limits<std::int64_t>::min()}, ""),
       "it broke the protocol: frame of 9223372036854775808 bytes, the limit is 1048576"},
      {"GW\x01", "the connection was closed"},
      {frame(FrameKind::message, {1000}, "only the beginning"), "the connection was closed"},
      {frame(FrameKind::timing_only, {1000}, "only the beginning"), "the connection was closed"},
      {"", "the connection was closed"},
  };
  for (const auto& [bytes, reason] : cases) {
    const Heard heard = hear(good + bytes);
    EXPECT_EQ(heard.messages, 1) << reason;
    EXPECT_THAT(heard.loss, HasSubstr("rank 0 lost rank 2: " + reason));
  }
}

// A correct stream with some bytes changed, removed or doubled.
std::string mutated_stream(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string stream;
  for (std::uint64_t left = 1 + random() % 5; left > 0; --left) {
    const std::string payload(random() % 200, 'p');
    stream += random() % 3 == 0 ? frame(FrameKind::timing_only,
                                        {static_cast<std::int64_t>(payload.size())}, payload)
                                : message(payload);
  }
  if (random() % 2 == 0) stream += frame(FrameKind::goodbye, {}, "");
  for (std::uint64_t left = 1 + random() % 4; left > 0; --left) {
    const std::size_t at = random() % stream.size();
    switch (random() % 3) {
      case 0:
        stream[at] = static_cast<char>(random());
        break;
      case 1:
        stream.erase(at, 1 + random() % 30);
        break;
      default:
        stream.insert(at, stream.substr(random() % stream.size(), random() % 40));
    }
    if (stream.empty()) break;
  }
  return stream;
}

std::int64_t peak_memory_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// A changed length may announce up to 1 MiB; more than that is never allocated.
TEST(Wire, MutatedStreamsEndTheConnectionAndCostLittle) {
  const std::int64_t before = peak_memory_kib();
  int broken = 0;
  for (const std::uint64_t seed : seeds(150)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Heard heard = hear(mutated_stream(seed));
    ASSERT_THAT(heard.loss, testing::StartsWith("rank 0 lost rank 2: "));
    broken += heard.loss.find("broke the protocol") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(broken, 50);
  EXPECT_LT(peak_memory_kib() - before, 64 * 1024);
}

// Every prefix of a correct stream, as when the rogue dies there.
TEST(Wire, AStreamMayEndAnywhere) {
  const std::string stream = message("payload") + frame(FrameKind::goodbye, {}, "");
  for (std::size_t length = 0; length <= stream.size(); length += 5) {
    const Heard heard = hear(stream.substr(0, length));
    EXPECT_EQ(heard.messages, length >= kFrameHeaderBytes + 7 ? 1 : 0) << length;
    EXPECT_EQ(heard.loss, length < stream.size() ? "rank 0 lost rank 2: the connection was closed"
                                                 : "rank 0 lost rank 2: it has left")
        << length;
  }
}

}  // namespace
}  // namespace gradwire
