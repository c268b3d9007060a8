// One TCP connection to one peer: frames out in order, frames in to the mailbox.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <memory>
#include <string>

#include "netmodel/clock.hpp"
#include "netmodel/frame.hpp"
#include "netmodel/mailbox.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/pacer.hpp"

namespace gradwire {

class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  /// Takes over a connected socket after the handshake. `mailbox` and `pacer` (none: unpaced)
  /// outlive the connection. `largest` bounds the payload of a frame.
  TcpConnection(boost::asio::ip::tcp::socket socket, Rank self, Rank peer, Mailbox& mailbox,
                Bytes largest, Pacer* pacer);

  /// Starts reading and writing; the tasks end when the connection is closed.
  void start(TaskGroup& tasks);

  /// See Transport::send().
  Task<void> send(Tag tag, Message message);

  /// Says goodbye after what is queued, then closes for sending; the peer does likewise.
  void leave();
  /// Closes at once.
  void abort(const std::string& cause);

  bool is_open() const { return loss_.empty(); }

 private:
  struct Outgoing {
    FrameHeaderBytes header{};
    Message message;
    Parking* sender = nullptr;  // none when nobody waits any more
    bool left = false;          // the sender may go on
    bool last = false;          // nothing follows
  };
  // A stretch of a frame that may be written now.
  struct Due {
    std::shared_ptr<Outgoing> frame;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void enqueue(std::shared_ptr<Outgoing> frame);
  void release(Outgoing& frame);
  Task<void> read_frames();
  Task<void> read_frame(const FrameHeader& header);
  Task<void> write_due();
  Task<void> write(const Due& due);
  void close(const std::string& cause);

  boost::asio::ip::tcp::socket socket_;
  Rank self_;
  Rank peer_;
  Mailbox& mailbox_;
  Bytes largest_;
  Pacer* pacer_;
  std::deque<Due> due_;
  std::deque<std::weak_ptr<Outgoing>> pending_;  // with a sender that may wait
  Parking writer_;
  std::string loss_;      // why the connection is closed; empty while it is open
  bool leaving_ = false;  // the goodbye is queued: nothing may follow it
  bool peer_has_left_ = false;
};

}  // namespace gradwire
