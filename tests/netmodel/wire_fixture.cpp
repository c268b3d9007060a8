#include "tests/netmodel/wire_fixture.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

namespace gradwire {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

const WireFixture::Endpoint kAnyPort(asio::ip::make_address("127.0.0.1"), 0);

// A port of which the machine has just said that nobody listens there.
WireFixture::Endpoint free_address(asio::io_context& context) {
  return asio::ip::tcp::acceptor(context, kAnyPort).local_endpoint();
}

}  // namespace

TcpOptions WireFixture::short_options() {
  TcpOptions options;
  options.largest_message = {1 << 20};
  options.join_timeout = 20s;
  options.handshake_timeout = 200ms;
  return options;
}

WireFixture::WireFixture(int honest, int size, TcpOptions options) : options_(std::move(options)) {
  options_.size = size;
  options_.secret = make_run_secret();
  options_.log = [this](const std::string& line) { log_ += line + "\n"; };
  for (Rank rank = 0; rank < size; ++rank) {
    if (rank >= honest) {
      addresses_.push_back(free_address(context_));
      continue;
    }
    options_.rank = rank;
    transports_.push_back(
        std::make_unique<TcpTransport>(context_.get_executor(), clock_, options_, kAnyPort));
    addresses_.push_back(transports_.back()->address());
  }
}

WireFixture::~WireFixture() {
  std::vector<Task<void>> tasks;
  for (auto& transport : transports_) {
    transport->abort();
    tasks.push_back(transport->leave());
  }
  run(std::move(tasks));
}

Task<WireFixture::Socket> WireFixture::connect_to(Rank rank) {
  Socket socket(context_);
  co_await socket.async_connect(address(rank), asio::use_awaitable);
  co_return std::move(socket);
}

void WireFixture::run(std::vector<Task<void>> tasks) {
  TaskGroup group(context_.get_executor(), TaskGroup::OnError::cancel_others);
  for (auto& task : tasks) group.spawn(std::move(task));
  context_.restart();
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!group.done() && std::chrono::steady_clock::now() < deadline) context_.run_one_for(100ms);
  if (!group.done()) {
    ADD_FAILURE() << "a task did not end; log:\n" << log_;
    group.cancel();
    while (!group.done()) context_.run_one();
  }
  if (group.first_error()) std::rethrow_exception(group.first_error());
}

void WireFixture::run(Task<void> first) {
  std::vector<Task<void>> tasks;
  tasks.push_back(std::move(first));
  run(std::move(tasks));
}

void WireFixture::run(Task<void> first, Task<void> second) {
  std::vector<Task<void>> tasks;
  tasks.push_back(std::move(first));
  tasks.push_back(std::move(second));
  run(std::move(tasks));
}

void WireFixture::expect_that_0_and_1_can_talk() {
  const auto talk = [](Transport& transport, Rank peer, bool& heard) -> Task<void> {
    const std::string text = "hello from rank " + std::to_string(transport.rank());
    const std::string expected = "hello from rank " + std::to_string(peer);
    co_await transport.send(peer, Tag{77}, Message::copy_of(std::as_bytes(std::span(text))));
    const Received received = co_await transport.receive(peer, Tag{77});
    heard = std::ranges::equal(received.message.bytes(), std::as_bytes(std::span(expected)));
  };
  bool heard_by_0 = false;
  bool heard_by_1 = false;
  run(talk(at(0), 1, heard_by_0), talk(at(1), 0, heard_by_1));
  EXPECT_TRUE(heard_by_0 && heard_by_1) << log_;
}

Task<void> write_bytes(WireFixture::Socket& socket, std::string bytes) {
  try {
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
  } catch (const boost::system::system_error& error) {
    if (is_cancellation(error)) throw;
  }
}

Task<std::string> read_bytes(WireFixture::Socket& socket, std::size_t count) {
  std::string bytes(count, '\0');
  co_await asio::async_read(socket, asio::buffer(bytes), asio::use_awaitable);
  co_return bytes;
}

Task<std::string> read_to_end(WireFixture::Socket& socket) {
  std::string bytes;
  try {
    co_await asio::async_read(socket, asio::dynamic_buffer(bytes), asio::use_awaitable);
  } catch (const boost::system::system_error& error) {
    if (is_cancellation(error)) throw;
  }
  co_return bytes;
}

std::string hello_of(Rank rank) {
  std::string hello = "GWHELLO1";
  for (int shift = 0; shift < 32; shift += 8) hello += static_cast<char>(rank >> shift & 0xff);
  return hello + "a random nonce..";
}

std::string loss_of(const std::exception_ptr& error) {
  if (!error) return "";
  try {
    std::rethrow_exception(error);
  } catch (const PeerLost& lost) {
    return lost.what();
  }
}

}  // namespace gradwire
