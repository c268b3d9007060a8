#include "netmodel/transports/outgoing_frame.hpp"

#include <algorithm>
#include <array>

namespace gradwire {
namespace {

namespace asio = boost::asio;

// What a timing-only message consists of on a real wire.
constexpr std::array<std::byte, 65'536> kFiller{};
// So many of these are described at once.
constexpr std::size_t kFillersAtOnce = 16;

FrameKind kind_of(const Message& message) {
  return message.is_timing_only() ? FrameKind::timing_only : FrameKind::message;
}

}  // namespace

OutgoingFrame::OutgoingFrame(Tag tag, Message message)
    : header_(encode({kind_of(message), tag, message.size()})),
      message_(std::move(message)),
      payload_(message_.bytes()),
      payload_size_(static_cast<std::size_t>(message_.size().count)) {}

OutgoingFrame::OutgoingFrame(Tag tag, std::span<const std::byte> payload)
    : header_(encode({FrameKind::message, tag, {static_cast<std::int64_t>(payload.size())}})),
      payload_(payload),
      payload_size_(payload.size()) {}

void OutgoingFrame::describe(std::size_t begin, std::size_t end,
                             std::vector<asio::const_buffer>& buffers) const {
  buffers.clear();
  if (begin < kFrameHeaderBytes) {
    const std::size_t part = std::min(end, kFrameHeaderBytes) - begin;
    buffers.push_back(asio::buffer(header_.data() + begin, part));
    begin += part;
  }
  if (begin == end) return;
  if (!payload_.empty()) {
    buffers.push_back(asio::buffer(payload_.data() + (begin - kFrameHeaderBytes), end - begin));
    return;
  }
  for (std::size_t i = 0; i < kFillersAtOnce && begin < end; ++i) {
    const std::size_t part = std::min(end - begin, kFiller.size());
    buffers.push_back(asio::buffer(kFiller.data(), part));
    begin += part;
  }
}

void OutgoingFrame::take_back() {
  forget_sender();
  if (left_) return;
  message_ = Message::copy_of(payload_);
  payload_ = message_.bytes();
}

}  // namespace gradwire
