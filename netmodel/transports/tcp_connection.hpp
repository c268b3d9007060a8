// One TCP connection to one peer: frames out in order, frames in to whoever takes their tag, or to
// the mailbox.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <memory>
#include <string>

#include "netmodel/clock.hpp"
#include "netmodel/mailbox.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/frame_receiver.hpp"
#include "netmodel/transports/outgoing_frame.hpp"
#include "netmodel/transports/pacer.hpp"

namespace gradwire {

class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  /// Takes over a connected socket after the handshake. `mailbox`, `receivers` and `pacer` (none:
  /// unpaced) outlive the connection. `largest` bounds the payload of a frame.
  TcpConnection(boost::asio::ip::tcp::socket socket, Rank self, Rank peer, Mailbox& mailbox,
                const FrameReceivers& receivers, Bytes largest, Pacer* pacer);

  /// Starts reading and writing; the tasks end when the connection is closed.
  void start(TaskGroup& tasks);

  /// See Transport::send().
  Task<void> send(Tag tag, Message message);

  /// Sends from the caller's memory, which stays as it is until the frame has left, or until it is
  /// taken back. `sender` is woken when it has left and when the connection is lost. Throws
  /// PeerLost.
  std::shared_ptr<OutgoingFrame> lend(Tag tag, std::span<const std::byte> payload, Parking& sender);

  /// What is left of a frame that this receiver is getting is read and dropped.
  void drop_frame_of(const FrameReceiver& receiver);

  /// Says goodbye after what is queued, then closes for sending; the peer does likewise.
  void leave();
  /// Closes at once.
  void abort(const std::string& cause);

  /// The same because of what the peer has sent.
  void refuse(const std::string& breach);

  bool is_open() const { return loss_.empty(); }
  /// Why it is closed; empty while it is open.
  const std::string& why_closed() const { return loss_; }
  /// Why nothing comes from the peer any more; empty while something may.
  std::string why_silent() const;

 private:
  // A stretch of a frame that may be written now.
  struct Due {
    std::shared_ptr<OutgoingFrame> frame;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void check_sendable(Bytes size) const;
  void enqueue(std::shared_ptr<OutgoingFrame> frame);
  void release(OutgoingFrame& frame);
  void forget_finished();
  Task<void> read_frames();
  Task<void> read_frame(FrameHeader header);
  Task<void> read_payload(std::size_t size);
  void await_bytes(std::size_t count);
  FrameReceiver* receiver_of(Tag tag) const;
  void lose_peer(const std::string& cause);
  Task<void> write_due();
  Task<void> write(const Due& due);
  void close(const std::string& cause);

  boost::asio::ip::tcp::socket socket_;
  Rank self_;
  Rank peer_;
  Mailbox& mailbox_;
  const FrameReceivers& receivers_;
  Bytes largest_;
  Pacer* pacer_;
  std::deque<Due> due_;
  std::deque<std::weak_ptr<OutgoingFrame>> pending_;  // with a sender that may wait
  std::shared_ptr<OutgoingFrame> goodbye_;            // once it is queued: nothing may follow it
  Landing* landing_ = nullptr;                        // of the frame that is being read
  const FrameReceiver* landing_owner_ = nullptr;
  std::size_t awaited_ = 1;  // bytes that make the socket readable
  Parking writer_;
  std::string loss_;  // why the connection is closed; empty while it is open
  bool peer_has_left_ = false;
};

}  // namespace gradwire
