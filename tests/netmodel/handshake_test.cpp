// Who gets in: strangers at the door of a transport that is joining, and impostors who answer at
// the address of a peer. Whatever they do, the ranks of the run join and talk.
#include "netmodel/transports/handshake.hpp"

#include <gmock/gmock.h>

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <random>

#include "tests/netmodel/wire_fixture.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Socket = WireFixture::Socket;
using Acceptor = boost::asio::ip::tcp::acceptor;
using Attack = std::function<Task<void>(WireFixture&, Socket&)>;

// Lengths of the two messages that each side sends.
constexpr std::size_t kHello = 28;
constexpr std::size_t kProof = 32;

const WireFixture::Endpoint kAnyPort(boost::asio::ip::make_address("127.0.0.1"), 0);

// A stranger attacks rank 0 until it is sent away; rank 1 joins after that.
Task<void> attack_then_join(WireFixture& fixture, const Attack& attack) {
  {
    Socket socket = co_await fixture.connect_to(0);
    co_await attack(fixture, socket);
  }
  co_await fixture.join(1);
}

// Returns the log.
std::string log_of(const Attack& attack) {
  WireFixture fixture(2, 2);
  fixture.run(fixture.join(0), attack_then_join(fixture, attack));
  fixture.expect_that_0_and_1_can_talk();
  return fixture.log();
}

Task<void> say_and_wait(Socket& socket, std::string bytes) {
  co_await write_bytes(socket, std::move(bytes));
  co_await read_to_end(socket);
}

Attack say(std::string bytes) {
  return [bytes](WireFixture&, Socket& socket) { return say_and_wait(socket, bytes); };
}

TEST(Handshake, GarbageIsRefused) {
  EXPECT_THAT(log_of(say("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")),
              HasSubstr(": the other end does not speak Gradwire's protocol\n"));
  for (const std::uint64_t seed : seeds(20)) {
    std::mt19937_64 random(seed);
    std::string bytes(random() % 300, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_THAT(log_of(say(bytes)), HasSubstr("refused 127.0.0.1:")) << "seed " << seed;
  }
}

TEST(Handshake, SilenceIsRefusedAfterItsTime) {
  EXPECT_THAT(log_of(say("")), HasSubstr(": no handshake within 200ms\n"));
  EXPECT_THAT(log_of(say("GWHELLO1")), HasSubstr(": no handshake within 200ms\n"));
  EXPECT_THAT(log_of(say(hello_of(1))), HasSubstr(": no handshake within 200ms\n"));
}

// It used to be logged as silence, after the whole time that a handshake may take.
TEST(Handshake, ABadHandshakeIsRefusedAtOnceWithItsReason) {
  TcpOptions options = WireFixture::short_options();
  options.handshake_timeout = 1h;
  WireFixture fixture(2, 2, options);
  const Attack attack = say("nonsense, as long as a hello");
  fixture.run(fixture.join(0), attack_then_join(fixture, attack));
  EXPECT_THAT(fixture.log(), HasSubstr(": the other end does not speak Gradwire's protocol\n"));
}

Task<void> hang_up(WireFixture& /*fixture*/, Socket& socket) {
  co_await write_bytes(socket, "GWHE");
  socket.shutdown(Socket::shutdown_send);
  co_await read_to_end(socket);
}

TEST(Handshake, AConnectionThatBreaksIsForgotten) {
  EXPECT_THAT(log_of(hang_up), HasSubstr(": End of file\n"));
}

TEST(Handshake, AnAbsurdRankIsRefused) {
  EXPECT_THAT(log_of(say(hello_of(-1))), HasSubstr(": the other end claims rank 4294967295\n"));
}

Task<void> shake_hands(Socket& socket, RunSecret secret, Rank as, bool& refused) {
  try {
    co_await shake_hands_as_connector(socket, secret, as, 0);
  } catch (const boost::system::system_error&) {
    refused = true;
  }
}

// Rank 0 does not prove anything to who has not proved anything.
TEST(Handshake, AWrongSecretIsRefusedWithoutAnAnswer) {
  bool refused = false;
  const auto log = log_of([&refused](WireFixture&, Socket& socket) {
    return shake_hands(socket, make_run_secret(), 1, refused);
  });
  EXPECT_TRUE(refused);
  EXPECT_THAT(log, HasSubstr(": the other end does not know the secret of this run\n"));
}

TEST(Handshake, AMemberOfTheRunAtTheWrongDoorIsRefused) {
  for (const Rank rank : {0, 2, 7}) {
    bool refused = false;
    const auto log = log_of([&refused, rank](WireFixture& fixture, Socket& socket) {
      return shake_hands(socket, fixture.secret(), rank, refused);
    });
    EXPECT_TRUE(refused);
    EXPECT_THAT(log, HasSubstr("rank " + std::to_string(rank) +
                               " has no business to connect to rank 0 of 2\n"));
  }
}

// Records what the real rank 1 says to somebody with its secret.
Task<std::string> record_handshake(WireFixture& fixture) {
  Acceptor acceptor(fixture.context(), kAnyPort);
  Socket near(fixture.context());
  co_await near.async_connect(acceptor.local_endpoint(), boost::asio::use_awaitable);
  Socket far = co_await acceptor.async_accept(boost::asio::use_awaitable);
  TaskGroup honest(fixture.context().get_executor());
  honest.spawn(shake_hands_as_connector(near, fixture.secret(), 1, 0));
  std::string recorded = co_await read_bytes(far, kHello);
  co_await write_bytes(far, hello_of(0));
  recorded += co_await read_bytes(far, kProof);
  far.close();
  try {
    co_await honest.join();
  } catch (const boost::system::system_error&) {
  }
  co_return recorded;
}

Task<void> replay(WireFixture& fixture, Socket& socket) {
  const std::string recorded = co_await record_handshake(fixture);
  co_await say_and_wait(socket, recorded);
}

// It is the nonce of rank 0 that differs.
TEST(Handshake, AReplayedHandshakeIsRefused) {
  EXPECT_THAT(log_of(replay), HasSubstr(": the other end does not know the secret of this run\n"));
}

using Impostor = Task<void> (*)(Socket&);

Task<void> join_in_vain(WireFixture& fixture, Acceptor& impostors, std::exception_ptr& error) {
  try {
    co_await fixture.join(1);
  } catch (const PeerLost&) {
    error = std::current_exception();
  }
  impostors.close();
}

Task<void> receive_visitors(Acceptor& acceptor, Impostor impostor) {
  try {
    for (;;) {
      Socket socket = co_await acceptor.async_accept(boost::asio::use_awaitable);
      co_await impostor(socket);
      co_await read_to_end(socket);
    }
  } catch (const boost::system::system_error&) {
  }
}

// Rank 1 finds somebody else at the address of rank 0.
std::string loss_with(Impostor impostor) {
  TcpOptions options = WireFixture::short_options();
  options.join_timeout = 300ms;
  WireFixture fixture(2, 2, options);
  Acceptor acceptor(fixture.context(), kAnyPort);
  fixture.move_to(0, acceptor.local_endpoint());
  std::exception_ptr error;
  fixture.run(join_in_vain(fixture, acceptor, error), receive_visitors(acceptor, impostor));
  EXPECT_THAT(fixture.log(), HasSubstr("refused 127.0.0.1:"));
  return loss_of(error);
}

Task<void> speak_otherwise(Socket& socket) {
  co_await write_bytes(socket, "220 mail.example.org ESMTP, hello");
}

TEST(Handshake, AnImpostorWhoDoesNotSpeakTheProtocolIsNamedInTheError) {
  EXPECT_EQ(loss_with(speak_otherwise),
            "rank 1 lost rank 0: it has not joined within 300ms; the other end does not speak "
            "Gradwire's protocol");
}

// The hello comes back with the rank exchanged, the proof as it is. It proves the role of the one
// that connects, and not that of the other.
Task<void> reflect(Socket& socket) {
  std::string hello = co_await read_bytes(socket, kHello);
  hello[8] = 0;  // the rank, little-endian
  co_await write_bytes(socket, hello);
  const std::string proof = co_await read_bytes(socket, kProof);
  co_await write_bytes(socket, proof);
}

TEST(Handshake, AReflectedProofIsRefused) {
  EXPECT_EQ(loss_with(reflect),
            "rank 1 lost rank 0: it has not joined within 300ms; the other end does not know the "
            "secret of this run");
}

TEST(Handshake, NoLogHoldsTheSecret) {
  WireFixture fixture(2, 2);
  const Attack attack = say(std::string(300, 'x'));
  fixture.run(fixture.join(0), attack_then_join(fixture, attack));
  const std::string secret(fixture.secret().begin(), fixture.secret().end());
  EXPECT_THAT(fixture.log(), Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace gradwire
