#include "netmodel/frame.hpp"

#include <fmt/core.h>

#include <boost/endian/conversion.hpp>

namespace gradwire {
namespace {

namespace endian = boost::endian;

constexpr unsigned char kVersion = 1;

}  // namespace

FrameHeaderBytes encode(const FrameHeader& header) {
  FrameHeaderBytes bytes{};
  auto* raw = reinterpret_cast<unsigned char*>(bytes.data());
  raw[0] = 'G';
  raw[1] = 'W';
  raw[2] = kVersion;
  raw[3] = static_cast<unsigned char>(header.kind);
  endian::store_little_u64(raw + 8, static_cast<std::uint64_t>(header.tag));
  endian::store_little_u64(raw + 16, static_cast<std::uint64_t>(header.length.count));
  return bytes;
}

FrameHeader decode(std::span<const std::byte, kFrameHeaderBytes> bytes, Bytes limit) {
  const auto* raw = reinterpret_cast<const unsigned char*>(bytes.data());
  if (raw[0] != 'G' || raw[1] != 'W') {
    throw FrameError(
        fmt::format("not a frame: it begins with bytes {:#04x} {:#04x}", raw[0], raw[1]));
  }
  if (raw[2] != kVersion) {
    throw FrameError(fmt::format("frame version {}, expected {}", raw[2], kVersion));
  }
  if (raw[3] < 1 || raw[3] > 3) throw FrameError(fmt::format("unknown frame kind {}", raw[3]));
  if (endian::load_little_u32(raw + 4) != 0) throw FrameError("reserved bytes are not zero");
  const std::uint64_t length = endian::load_little_u64(raw + 16);
  if (length > static_cast<std::uint64_t>(limit.count)) {
    throw FrameError(fmt::format("frame of {} bytes, the limit is {}", length, limit.count));
  }
  const auto kind = static_cast<FrameKind>(raw[3]);
  if (kind == FrameKind::goodbye && length != 0) throw FrameError("a goodbye with a payload");
  return {kind, Tag{endian::load_little_u64(raw + 8)}, {static_cast<std::int64_t>(length)}};
}

}  // namespace gradwire
