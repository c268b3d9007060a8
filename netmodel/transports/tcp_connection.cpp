#include "netmodel/transports/tcp_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

// Asio's own conditions move at most 64 KiB a system call; this one lifts that.
auto all_of(std::size_t size) {
  return [size](const boost::system::error_code& error, std::size_t done) -> std::size_t {
    return error ? 0 : size - std::min(done, size);
  };
}

constexpr const char* kItHasLeft = "it has left";

// What a timing-only message consists of on a real wire.
std::span<const std::byte> filler() {
  static constexpr std::array<std::byte, 65'536> kZeros{};
  return kZeros;
}

}  // namespace

TcpConnection::TcpConnection(asio::ip::tcp::socket socket, Rank self, Rank peer, Mailbox& mailbox,
                             Bytes largest, Pacer* pacer)
    : socket_(std::move(socket)),
      self_(self),
      peer_(peer),
      mailbox_(mailbox),
      largest_(largest),
      pacer_(pacer) {
  socket_.set_option(asio::ip::tcp::no_delay(true));
}

void TcpConnection::start(TaskGroup& tasks) {
  tasks.spawn(read_frames());
  tasks.spawn(write_due());
}

Task<void> TcpConnection::send(Tag tag, Message message) {
  CHECK(message.size() <= largest_, "a message of {} bytes, the limit is {}", message.size().count,
        largest_.count);
  if (!is_open()) throw PeerLost(self_, peer_, loss_);
  if (leaving_) throw PeerLost(self_, peer_, peer_has_left_ ? kItHasLeft : "this rank has left");
  const auto kind = message.is_timing_only() ? FrameKind::timing_only : FrameKind::message;
  Parking parking;
  auto frame = std::make_shared<Outgoing>();
  frame->header = encode({kind, tag, message.size()});
  frame->message = std::move(message);
  frame->sender = &parking;
  pending_.push_back(frame);
  enqueue(frame);
  try {
    co_await parking.wait();
  } catch (const boost::system::system_error&) {
    frame->sender = nullptr;
    throw;
  }
  if (!frame->left) throw PeerLost(self_, peer_, loss_);
}

void TcpConnection::enqueue(std::shared_ptr<Outgoing> frame) {
  const std::size_t size =
      kFrameHeaderBytes + static_cast<std::size_t>(frame->message.size().count);
  if (pacer_ == nullptr) {
    due_.push_back({std::move(frame), 0, size});
    writer_.wake();
    return;
  }
  // The pacer may outlive this connection.
  const auto arrived = [weak = weak_from_this(), frame, at = std::size_t{0}](Bytes piece) mutable {
    const auto self = weak.lock();
    if (!self || !self->is_open()) return;
    const std::size_t end = at + static_cast<std::size_t>(piece.count);
    self->due_.push_back({frame, at, end});
    at = end;
    self->writer_.wake();
  };
  const auto left = [weak = weak_from_this(), frame] {
    if (const auto self = weak.lock()) self->release(*frame);
  };
  pacer_->transmit(self_, peer_, Bytes{static_cast<std::int64_t>(size)}, arrived, left);
}

// Lets the sender go on.
void TcpConnection::release(Outgoing& frame) {
  if (frame.left || !is_open()) return;
  frame.left = true;
  if (frame.sender != nullptr) frame.sender->wake();
  frame.sender = nullptr;
}

void TcpConnection::leave() {
  if (leaving_ || !is_open()) return;
  leaving_ = true;
  auto frame = std::make_shared<Outgoing>();
  frame->header = encode({FrameKind::goodbye, Tag{}, Bytes{}});
  frame->last = true;
  enqueue(std::move(frame));
}

void TcpConnection::abort(const std::string& cause) { close(cause); }

Task<void> TcpConnection::read_frames() {
  std::string cause;
  try {
    for (;;) {
      FrameHeaderBytes bytes{};
      co_await asio::async_read(socket_, asio::buffer(bytes), asio::use_awaitable);
      const FrameHeader header = decode(bytes, largest_);
      if (header.kind == FrameKind::goodbye) break;
      co_await read_frame(header);
    }
    // The peer sends nothing more; what is queued for it may still go out.
    peer_has_left_ = true;
    mailbox_.lose(peer_, kItHasLeft);
    leave();
    co_return;
  } catch (const FrameError& error) {
    cause = std::string("it broke the protocol: ") + error.what();
  } catch (const boost::system::system_error& error) {
    cause = error.code() == asio::error::eof ? "the connection was closed" : error.code().message();
  }
  close(cause);
}

Task<void> TcpConnection::read_frame(const FrameHeader& header) {
  if (header.kind == FrameKind::message) {
    Message message = Message::uninitialised(header.length);
    const auto bytes = message.bytes();
    co_await asio::async_read(socket_, asio::buffer(bytes.data(), bytes.size()),
                              all_of(bytes.size()), asio::use_awaitable);
    mailbox_.deliver(peer_, header.tag, std::move(message));
    co_return;
  }
  std::vector<std::byte> scratch(
      std::min(filler().size(), static_cast<std::size_t>(header.length.count)));
  for (auto left = static_cast<std::size_t>(header.length.count); left > 0;) {
    const std::size_t part = std::min(left, scratch.size());
    co_await asio::async_read(socket_, asio::buffer(scratch.data(), part), all_of(part),
                              asio::use_awaitable);
    left -= part;
  }
  mailbox_.deliver(peer_, header.tag, Message::timing_only(header.length));
}

Task<void> TcpConnection::write_due() {
  try {
    for (;;) {
      while (due_.empty()) {
        if (!is_open()) co_return;
        co_await writer_.wait();
      }
      const Due due = std::move(due_.front());
      due_.pop_front();
      co_await write(due);
      const std::size_t size =
          kFrameHeaderBytes + static_cast<std::size_t>(due.frame->message.size().count);
      if (due.end != size) continue;
      release(*due.frame);
      while (!pending_.empty() && (pending_.front().expired() || pending_.front().lock()->left)) {
        pending_.pop_front();
      }
      if (due.frame->last) {
        boost::system::error_code ignored;
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        co_return;
      }
    }
  } catch (const boost::system::system_error& error) {
    close(error.code().message());
  }
}

Task<void> TcpConnection::write(const Due& due) {
  std::vector<asio::const_buffer> buffers;
  std::size_t at = due.begin;
  if (at < kFrameHeaderBytes) {
    const std::size_t end = std::min(due.end, kFrameHeaderBytes);
    buffers.push_back(asio::buffer(due.frame->header.data() + at, end - at));
    at = end;
  }
  const bool timing_only = due.frame->message.is_timing_only();
  while (at < due.end) {
    const std::size_t part = timing_only ? std::min(due.end - at, filler().size()) : due.end - at;
    const std::byte* from = timing_only
                                ? filler().data()
                                : due.frame->message.bytes().data() + (at - kFrameHeaderBytes);
    buffers.push_back(asio::buffer(from, part));
    at += part;
  }
  co_await asio::async_write(socket_, buffers, all_of(due.end - due.begin), asio::use_awaitable);
}

void TcpConnection::close(const std::string& cause) {
  if (!is_open()) return;
  loss_ = cause;
  boost::system::error_code ignored;
  socket_.close(ignored);
  mailbox_.lose(peer_, cause);
  for (const auto& waiting : pending_) {
    if (const auto frame = waiting.lock(); frame && frame->sender != nullptr) {
      frame->sender->wake();
      frame->sender = nullptr;
    }
  }
  pending_.clear();
  due_.clear();
  writer_.wake();
}

}  // namespace gradwire
