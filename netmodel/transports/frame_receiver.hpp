// The seam between a connection and whoever knows, when the header of a frame has come, where its
// payload belongs: so that it is read to that place from the socket, without a message in between.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <span>

#include "netmodel/message.hpp"

namespace gradwire {

/// Takes the payload of one frame as it comes.
class Landing {
 public:
  virtual ~Landing() = default;

  /// Where the next bytes go: room for at least one, as long as the frame is not complete. Valid
  /// until landed().
  virtual std::span<std::byte> room() = 0;
  /// So many bytes are at the beginning of room() now. Once with 0 for a frame without a payload.
  virtual void landed(std::size_t count) = 0;
};

/// Why a timing-only frame is refused where a payload has its place.
inline constexpr const char* kPieceWithoutContent =
    "a timing-only piece in place of one with content";

/// Takes all frames of one tag. Called from the thread of the connections.
class FrameReceiver {
 public:
  virtual ~FrameReceiver() = default;

  /// The next frame from this rank has begun. The landing lives until the frame is complete, or
  /// until its connection is told to drop it. Throws FrameError when such a frame must not come.
  virtual Landing& landing(Rank from, Bytes length) = 0;
  /// Nothing more comes from this rank.
  virtual void lose(Rank peer) = 0;
};

/// Copies a whole payload to a landing.
inline void land(std::span<const std::byte> bytes, Landing& landing) {
  if (bytes.empty()) landing.landed(0);
  while (!bytes.empty()) {
    const std::span<std::byte> room = landing.room();
    const std::size_t part = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), part);
    bytes = bytes.subspan(part);
    landing.landed(part);
  }
}

/// Who takes the frames of which tag; those of all others go to the mailbox.
using FrameReceivers = std::map<Tag, FrameReceiver*>;

}  // namespace gradwire
