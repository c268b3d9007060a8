// The wire format of a message between two workers.
//
// A frame is a header of 24 bytes, little-endian, and the payload:
//
//   offset  size  field
//        0     2  magic "GW"
//        2     1  version (1)
//        3     1  kind: 1 message, 2 timing-only message (the payload is filler), 3 goodbye
//        4     4  zero
//        8     8  tag
//       16     8  length of the payload in bytes
//
// A reader closes the connection at the first header that is not of this form or whose length is
// over its limit; it allocates nothing before it has checked the header.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "netmodel/message.hpp"

namespace gradwire {

inline constexpr std::size_t kFrameHeaderBytes = 24;

enum class FrameKind : std::uint8_t { message = 1, timing_only = 2, goodbye = 3 };

struct FrameHeader {
  FrameKind kind = FrameKind::message;
  Tag tag{};
  Bytes length{};
};

/// A header that is not of the form above; what() says which field and value.
class FrameError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using FrameHeaderBytes = std::array<std::byte, kFrameHeaderBytes>;

FrameHeaderBytes encode(const FrameHeader& header);

/// Throws FrameError; also when the length exceeds `limit`.
FrameHeader decode(std::span<const std::byte, kFrameHeaderBytes> bytes, Bytes limit);

}  // namespace gradwire
