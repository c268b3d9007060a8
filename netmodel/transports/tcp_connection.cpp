#include "netmodel/transports/tcp_connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

// After so much in one direction the other one gets its turn.
constexpr std::size_t kAtOnce = 1 << 20;
constexpr std::size_t kDroppedAtOnce = 1 << 16;
// Where data comes fast, waiting for so much at a time wakes neither end for every packet.
constexpr std::size_t kAwaitedMax = 1 << 18;
// It comes fast when there was so much since the last wait. Elsewhere it is better to take what is
// there: while less than awaited is there, Linux acknowledges every second packet, and on a slow
// link with traffic in both directions that is almost a percent of it.
constexpr std::size_t kFast = 1 << 15;
// A large piece of a collective may come just before its own rank gets there: so many turns of the
// executor is the reader patient before it makes room for the piece elsewhere.
constexpr int kTurnsOfGrace = 64;
constexpr Bytes kLargePiece{1 << 16};

constexpr const char* kItHasLeft = "it has left";

bool is_large_piece(const FrameHeader& header) {
  return header.kind == FrameKind::message && header.tag >= kReservedTags &&
         header.length >= kLargePiece;
}

class MessageLanding final : public Landing {
 public:
  explicit MessageLanding(Message& message) : message_(message) {}
  std::span<std::byte> room() override { return message_.bytes().subspan(arrived_); }
  void landed(std::size_t count) override { arrived_ += count; }

 private:
  Message& message_;
  std::size_t arrived_ = 0;
};

}  // namespace

TcpConnection::TcpConnection(asio::ip::tcp::socket socket, Rank self, Rank peer, Mailbox& mailbox,
                             const FrameReceivers& receivers, Bytes largest, Pacer* pacer)
    : socket_(std::move(socket)),
      self_(self),
      peer_(peer),
      mailbox_(mailbox),
      receivers_(receivers),
      largest_(largest),
      pacer_(pacer) {
  socket_.set_option(asio::ip::tcp::no_delay(true));
  socket_.non_blocking(true);
}

void TcpConnection::start(TaskGroup& tasks) {
  tasks.spawn(read_frames());
  tasks.spawn(write_due());
}

Task<void> TcpConnection::send(Tag tag, Message message) {
  check_sendable(message.size());
  Parking parking;
  auto frame = std::make_shared<OutgoingFrame>(tag, std::move(message));
  frame->set_sender(parking);
  enqueue(frame);
  try {
    co_await parking.wait();
  } catch (const boost::system::system_error&) {
    frame->forget_sender();
    throw;
  }
  if (!frame->has_left()) throw PeerLost(self_, peer_, loss_);
}

std::shared_ptr<OutgoingFrame> TcpConnection::lend(Tag tag, std::span<const std::byte> payload,
                                                   Parking& sender) {
  check_sendable({static_cast<std::int64_t>(payload.size())});
  auto frame = std::make_shared<OutgoingFrame>(tag, payload);
  frame->set_sender(sender);
  enqueue(frame);
  return frame;
}

void TcpConnection::check_sendable(Bytes size) const {
  CHECK(size <= largest_, "a message of {} bytes, the limit is {}", size.count, largest_.count);
  if (!is_open()) throw PeerLost(self_, peer_, loss_);
  if (goodbye_) throw PeerLost(self_, peer_, peer_has_left_ ? kItHasLeft : "this rank has left");
}

std::string TcpConnection::why_silent() const {
  if (!is_open()) return loss_;
  return peer_has_left_ ? kItHasLeft : "";
}

void TcpConnection::enqueue(std::shared_ptr<OutgoingFrame> frame) {
  const std::size_t size = frame->size();
  if (frame->has_sender()) pending_.push_back(frame);
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
void TcpConnection::release(OutgoingFrame& frame) {
  if (!frame.has_left() && is_open()) frame.set_left();
}

void TcpConnection::leave() {
  if (goodbye_ || !is_open()) return;
  goodbye_ = std::make_shared<OutgoingFrame>(FrameKind::goodbye);
  enqueue(goodbye_);
}

void TcpConnection::abort(const std::string& cause) { close(cause); }

void TcpConnection::refuse(const std::string& breach) { close("it broke the protocol: " + breach); }

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
    lose_peer(kItHasLeft);
    leave();
    co_return;
  } catch (const FrameError& error) {
    refuse(error.what());
  } catch (const boost::system::system_error& error) {
    cause = error.code() == asio::error::eof ? "the connection was closed" : error.code().message();
  }
  close(cause);
}

Task<void> TcpConnection::read_frame(FrameHeader header) {
  const auto size = static_cast<std::size_t>(header.length.count);
  FrameReceiver* receiver = receiver_of(header.tag);
  // Where pieces are paced nobody takes them straight from the socket.
  const bool may_come = pacer_ == nullptr && is_large_piece(header);
  for (int turn = 0; turn < kTurnsOfGrace && receiver == nullptr && may_come; ++turn) {
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    receiver = receiver_of(header.tag);
  }
  if (header.kind == FrameKind::timing_only) {
    if (receiver != nullptr) throw FrameError(kPieceWithoutContent);
    co_await read_payload(size);
    mailbox_.deliver(peer_, header.tag, Message::timing_only(header.length));
    co_return;
  }
  if (receiver != nullptr) {
    landing_ = &receiver->landing(peer_, header.length);
    landing_owner_ = receiver;
    co_await read_payload(size);
    co_return;
  }
  Message message = Message::uninitialised(header.length);
  MessageLanding landing(message);
  landing_ = &landing;
  co_await read_payload(size);
  // Somebody may have come for it meanwhile.
  receiver = receiver_of(header.tag);
  if (receiver != nullptr) {
    land(message.bytes(), receiver->landing(peer_, header.length));
  } else {
    mailbox_.deliver(peer_, header.tag, std::move(message));
  }
}

// Reads to the landing, or drops what nobody wants.
Task<void> TcpConnection::read_payload(std::size_t size) {
  std::vector<std::byte> dropped;
  if (size == 0 && landing_ != nullptr) landing_->landed(0);
  std::size_t in_turn = 0;
  std::size_t since_wait = 0;
  while (size > 0) {
    if (landing_ == nullptr) dropped.resize(std::min(size, kDroppedAtOnce));
    std::span<std::byte> room = landing_ != nullptr ? landing_->room() : std::span(dropped);
    room = room.first(std::min(room.size(), size));
    boost::system::error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(room.data(), room.size()), error);
    if (error == asio::error::would_block) {
      await_bytes(since_wait >= kFast ? size : 1);
      co_await socket_.async_wait(asio::socket_base::wait_read, asio::use_awaitable);
      in_turn = 0;
      since_wait = 0;
      continue;
    }
    if (error) throw boost::system::system_error(error);
    size -= count;
    in_turn += count;
    since_wait += count;
    if (landing_ != nullptr) landing_->landed(count);
    if (size > 0 && in_turn >= kAtOnce) {
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
      in_turn = 0;
    }
  }
  landing_ = nullptr;
  landing_owner_ = nullptr;
  await_bytes(1);
}

// From now on the socket is readable when so many bytes have come, or a part of them. Never more
// than a quarter of its buffer: the kernel would enlarge that for more than half of it, and the
// windows of a connection are its own business.
void TcpConnection::await_bytes(std::size_t count) {
  boost::system::error_code ignored;
  if (count > 1) {
    asio::socket_base::receive_buffer_size buffer;
    socket_.get_option(buffer, ignored);
    count = std::min({count, kAwaitedMax, static_cast<std::size_t>(buffer.value()) / 4});
  }
  if (count == awaited_ || count == 0) return;
  awaited_ = count;
  socket_.set_option(asio::socket_base::receive_low_watermark(static_cast<int>(count)), ignored);
}

FrameReceiver* TcpConnection::receiver_of(Tag tag) const {
  const auto found = receivers_.find(tag);
  return found == receivers_.end() ? nullptr : found->second;
}

void TcpConnection::drop_frame_of(const FrameReceiver& receiver) {
  if (landing_owner_ != &receiver) return;
  landing_ = nullptr;
  landing_owner_ = nullptr;
}

void TcpConnection::lose_peer(const std::string& cause) {
  mailbox_.lose(peer_, cause);
  for (const auto& [tag, receiver] : receivers_) receiver->lose(peer_);
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
      if (due.end != due.frame->size()) continue;
      release(*due.frame);
      forget_finished();
      if (due.frame == goodbye_) {
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
  for (std::size_t at = due.begin; at < due.end;) {
    due.frame->describe(at, std::min(due.end, at + kAtOnce), buffers);
    boost::system::error_code error;
    at += socket_.write_some(buffers, error);
    if (error == asio::error::would_block) {
      co_await socket_.async_wait(asio::socket_base::wait_write, asio::use_awaitable);
      continue;
    }
    if (error) throw boost::system::system_error(error);
    if (at < due.end) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
}

void TcpConnection::forget_finished() {
  while (!pending_.empty() && (pending_.front().expired() || pending_.front().lock()->has_left())) {
    pending_.pop_front();
  }
}

void TcpConnection::close(const std::string& cause) {
  if (!is_open()) return;
  loss_ = cause;
  boost::system::error_code ignored;
  socket_.close(ignored);
  lose_peer(cause);
  for (const auto& waiting : pending_) {
    if (const auto frame = waiting.lock()) frame->wake_sender();
  }
  pending_.clear();
  due_.clear();
  writer_.wake();
}

}  // namespace gradwire
