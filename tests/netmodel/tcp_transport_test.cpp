// Joining and leaving over TCP: who is missing, who crowds the door, who has left.
#include "netmodel/transports/tcp_transport.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/netmodel/wire_fixture.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Socket = WireFixture::Socket;

constexpr Tag kTag{1};

Task<void> join_in_vain(WireFixture& fixture, Rank rank, std::exception_ptr& error) {
  try {
    co_await fixture.join(rank);
  } catch (const PeerLost&) {
    error = std::current_exception();
  }
}

// Rank 1 waits for rank 0 to answer and for rank 2 to call: of the two, 0 is the first.
TEST(TcpTransport, AMissingPeerIsNamedAfterTheTimeout) {
  TcpOptions options = WireFixture::short_options();
  options.join_timeout = 50ms;
  for (const Rank missing : {0, 2}) {
    WireFixture fixture(2, 3, options);
    std::exception_ptr error;
    const TimePoint start = fixture.clock().now();
    if (missing == 0) {
      fixture.run(join_in_vain(fixture, 1, error));
    } else {
      std::exception_ptr other;
      fixture.run(join_in_vain(fixture, 0, other), join_in_vain(fixture, 1, error));
    }
    EXPECT_GE(fixture.clock().now(), start + 50ms);
    EXPECT_EQ(loss_of(error),
              "rank 1 lost rank " + std::to_string(missing) + ": it has not joined within 50ms");
  }
}

TEST(TcpTransport, AnAbortEndsJoining) {
  TcpOptions options = WireFixture::short_options();
  options.join_timeout = 1h;
  WireFixture fixture(2, 2, options);
  std::exception_ptr error;
  fixture.run(join_in_vain(fixture, 0, error), [](WireFixture& fixture) -> Task<void> {
    co_await fixture.clock().sleep_for(5ms);
    fixture.at(0).abort();
  }(fixture));
  EXPECT_EQ(loss_of(error), "rank 0 lost rank 1: this rank has aborted");
}

// The fixture leaves with whatever the cancelled join had begun.
TEST(TcpTransport, ACancelledJoinLeavesNothingBehind) {
  WireFixture fixture(1, 2);
  bool joined = true;
  fixture.run([](WireFixture& fixture, bool& joined) -> Task<void> {
    joined = co_await finishes_by(fixture.clock(), fixture.clock().now() + 10ms, fixture.join(0));
  }(fixture, joined));
  EXPECT_FALSE(joined);
}

Task<void> crowd_the_door(WireFixture& fixture, int count, std::vector<Socket>& crowd) {
  for (int i = 0; i < count; ++i) crowd.push_back(co_await fixture.connect_to(0));
  co_await fixture.clock().sleep_for(20ms);
  co_await fixture.join(1);
}

// Each of the crowd could keep its place for an hour. The oldest have to go.
TEST(TcpTransport, ACrowdOfSilentStrangersDoesNotKeepAPeerOut) {
  TcpOptions options = WireFixture::short_options();
  options.handshake_timeout = 1h;
  options.max_handshakes = 4;
  WireFixture fixture(2, 2, options);
  std::vector<Socket> crowd;
  fixture.run(fixture.join(0), crowd_the_door(fixture, 50, crowd));
  fixture.expect_that_0_and_1_can_talk();
  EXPECT_THAT(fixture.log(), HasSubstr(": too many others came before it had shaken hands\n"));
}

// No file can be opened while one of these exists.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = open("/dev/null", O_RDONLY);
    close(lowest_free);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;

 private:
  rlimit before_{};
};

Task<void> join_after_a_shortage(WireFixture& fixture) {
  Socket stranger(fixture.context(), boost::asio::ip::tcp::v4());
  {
    const NoMoreFiles shortage;
    co_await stranger.async_connect(fixture.address(0), boost::asio::use_awaitable);
    co_await fixture.clock().sleep_for(30ms);
  }
  co_await fixture.join(1);
}

// It used to end accepting for good: the run failed after its time-out, for want of a file.
TEST(TcpTransport, RunningOutOfFilesForAWhileDoesNotEndJoining) {
  // The undefined-behaviour sanitizer opens a pipe when it meets a class for the first time: let it
  // meet them all while there are files.
  WireFixture before(2, 2);
  before.run(before.join(0), before.join(1));
  WireFixture fixture(2, 2);
  fixture.run(join_after_a_shortage(fixture), fixture.join(0));
  fixture.expect_that_0_and_1_can_talk();
  EXPECT_THAT(fixture.log(), HasSubstr("rank 0 cannot accept connections: Too many open files"));
}

Task<void> send_and_leave(WireFixture& fixture, Rank rank) {
  co_await fixture.at(rank).send(1 - rank, kTag, Message::timing_only({300'000}));
  co_await fixture.at(rank).leave();
}

Task<void> listen_to_the_end(WireFixture& fixture, Rank rank, std::exception_ptr& receive_error,
                             std::exception_ptr& send_error) {
  Transport& transport = fixture.at(rank);
  const Received received = co_await transport.receive(1 - rank, kTag);
  EXPECT_EQ(received.message.size(), Bytes{300'000});
  try {
    co_await transport.receive(1 - rank, kTag);
  } catch (const PeerLost&) {
    receive_error = std::current_exception();
  }
  try {
    co_await transport.send(1 - rank, kTag, Message::timing_only({1}));
  } catch (const PeerLost&) {
    send_error = std::current_exception();
  }
}

// A send to one who had left used to wait for ever.
TEST(TcpTransport, AfterAGoodbyeWhatWasSentArrivesAndNothingFollows) {
  WireFixture fixture(2, 2);
  fixture.run(fixture.join(0), fixture.join(1));
  std::exception_ptr receive_error;
  std::exception_ptr send_error;
  fixture.run(send_and_leave(fixture, 0), listen_to_the_end(fixture, 1, receive_error, send_error));
  EXPECT_EQ(loss_of(receive_error), "rank 1 lost rank 0: it has left");
  EXPECT_EQ(loss_of(send_error), "rank 1 lost rank 0: it has left");
}

Task<void> send_in_vain(WireFixture& fixture, Rank rank, std::exception_ptr& error) {
  try {
    co_await fixture.at(rank).send(1 - rank, kTag, Message::timing_only({1}));
  } catch (const PeerLost&) {
    error = std::current_exception();
  }
}

TEST(TcpTransport, WhoHasLeftCannotSend) {
  WireFixture fixture(2, 2);
  fixture.run(fixture.join(0), fixture.join(1));
  fixture.run(fixture.at(0).leave(), fixture.at(1).leave());
  std::exception_ptr error;
  fixture.run(send_in_vain(fixture, 0, error));
  EXPECT_THAT(loss_of(error), testing::StartsWith("rank 0 lost rank 1: "));
}

Task<void> abort_soon(WireFixture& fixture, Rank rank) {
  co_await fixture.clock().sleep_for(5ms);
  fixture.at(rank).abort();
}

Task<void> send_without_end(WireFixture& fixture, std::exception_ptr& error) {
  try {
    for (;;) co_await fixture.at(0).send(1, kTag, Message::timing_only({1'000'000}));
  } catch (const PeerLost&) {
    error = std::current_exception();
  }
}

// Rank 1 takes nothing from its mailbox, and crashes in the middle of a message.
TEST(TcpTransport, ASenderLearnsOfACrash) {
  WireFixture fixture(2, 2);
  fixture.run(fixture.join(0), fixture.join(1));
  std::exception_ptr error;
  fixture.run(send_without_end(fixture, error), abort_soon(fixture, 1));
  EXPECT_THAT(loss_of(error), testing::StartsWith("rank 0 lost rank 1: "));
}

}  // namespace
}  // namespace gradwire
