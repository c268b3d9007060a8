// A frame on its way out, and the one who waits until it has left.
#pragma once

#include <boost/asio/buffer.hpp>
#include <span>
#include <vector>

#include "netmodel/frame.hpp"
#include "netmodel/task.hpp"

namespace gradwire {

class OutgoingFrame {
 public:
  /// A frame without a payload.
  explicit OutgoingFrame(FrameKind kind) : header_(encode({kind, Tag{}, Bytes{}})) {}
  /// Owns its payload; a timing-only message travels as zeros.
  OutgoingFrame(Tag tag, Message message);
  /// Refers to the payload, which outlives the frame or is taken back before.
  OutgoingFrame(Tag tag, std::span<const std::byte> payload);

  /// In bytes, header included.
  std::size_t size() const { return kFrameHeaderBytes + payload_size_; }
  /// Replaces the content of `buffers` by what is to be written from byte `begin` to `end` of the
  /// frame, or by the beginning of that.
  void describe(std::size_t begin, std::size_t end,
                std::vector<boost::asio::const_buffer>& buffers) const;

  /// `sender` is woken when the frame has left, or never will.
  void set_sender(Parking& sender) { sender_ = &sender; }
  void forget_sender() { sender_ = nullptr; }
  bool has_sender() const { return sender_ != nullptr; }
  void wake_sender() {
    if (sender_ != nullptr) sender_->wake();
    sender_ = nullptr;
  }
  /// All of it has been written.
  bool has_left() const { return left_; }
  void set_left() {
    left_ = true;
    wake_sender();
  }

  /// The memory of the payload is needed for other things: what has not left goes on as a copy, for
  /// a frame never leaves in part. Nobody waits for it any more.
  void take_back();

 private:
  FrameHeaderBytes header_;
  Message message_;                     // owns the payload, if anybody does
  std::span<const std::byte> payload_;  // empty for a timing-only message
  std::size_t payload_size_ = 0;
  Parking* sender_ = nullptr;
  bool left_ = false;
};

}  // namespace gradwire
