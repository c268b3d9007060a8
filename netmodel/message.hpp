// What travels: bytes with an owner, or only their number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "netmodel/units.hpp"

namespace gradwire {

/// The number of a node, from 0.
using Rank = int;

/// Tells the messages between two ranks apart. Applications use values below kReservedTags.
enum class Tag : std::uint64_t {};
inline constexpr Tag kReservedTags{1ULL << 63};

/// A payload that owns its bytes, or a timing-only one: a size without bytes, for workers whose
/// arithmetic is switched off. Moved, never copied.
class Message {
 public:
  /// An empty payload.
  Message() = default;

  static Message copy_of(std::span<const std::byte> bytes) {
    Message message = uninitialised({static_cast<std::int64_t>(bytes.size())});
    if (!bytes.empty()) std::memcpy(message.data_.get(), bytes.data(), bytes.size());
    return message;
  }

  /// A payload of this size whose content is still to be written.
  static Message uninitialised(Bytes size) {
    Message message;
    message.size_ = size;
    message.data_ =
        std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(size.count));
    return message;
  }

  static Message timing_only(Bytes size) {
    Message message;
    message.size_ = size;
    message.timing_only_ = true;
    return message;
  }

  Bytes size() const { return size_; }
  bool is_timing_only() const { return timing_only_; }

  /// The content; empty for a timing-only message.
  std::span<const std::byte> bytes() const { return {data_.get(), content_size()}; }
  std::span<std::byte> bytes() { return {data_.get(), content_size()}; }

 private:
  std::size_t content_size() const {
    return timing_only_ ? 0 : static_cast<std::size_t>(size_.count);
  }

  std::unique_ptr<std::byte[]> data_;
  Bytes size_{};
  bool timing_only_ = false;
};

/// A message with the rank that sent it.
struct Received {
  Rank from = 0;
  Message message;
};

}  // namespace gradwire
