// What TCP and Ethernet make of a message: the bytes on the wire.
#pragma once

#include "netmodel/units.hpp"

namespace gradwire {

/// How a message is cut into packets.
struct PacketFormat {
  std::int64_t payload = 0;   ///< of a full packet, in bytes
  std::int64_t overhead = 0;  ///< bytes around it on the wire

  /// Bytes on the wire of so much payload.
  constexpr Bytes wire_bytes(Bytes size) const {
    const std::int64_t packets = (size.count + payload - 1) / payload;
    return {size.count + packets * overhead};
  }
  constexpr std::int64_t full_packet() const { return payload + overhead; }
};

/// Payload of a full segment on a 1500-byte MTU: 1500 - 20 (IPv4) - 20 (TCP) - 12 (timestamps,
/// RFC 7323). Every segment carries besides those 52 bytes 14 of Ethernet header, as the kernel's
/// traffic control counts them (no preamble, no frame check sequence).
inline constexpr PacketFormat kTcpPackets{1448, 66};

/// RDMA over InfiniBand with its largest MTU of 4096 bytes: local route header 8, base transport
/// header 12, invariant and variant CRC 4 and 2 (InfiniBand Architecture Specification, volume 1,
/// release 1.4, sections 5.2 and 7.5).
inline constexpr PacketFormat kRdmaPackets{4096, 26};

/// Bytes on the wire of a message sent by TCP: 1514 for 1448.
constexpr Bytes wire_bytes(Bytes payload) { return kTcpPackets.wire_bytes(payload); }

}  // namespace gradwire
