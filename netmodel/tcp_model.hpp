// What TCP and Ethernet make of a message: the bytes on the wire and the rate that loss permits.
#pragma once

#include <optional>

#include "netmodel/units.hpp"

namespace gradwire {

/// Payload of a full segment on a 1500-byte MTU: 1500 - 20 (IPv4) - 20 (TCP) - 12 (timestamps,
/// RFC 7323).
inline constexpr std::int64_t kSegmentPayload = 1448;
/// What every segment carries besides: those 52 bytes and 14 of Ethernet header, as the kernel's
/// traffic control counts them (no preamble, no frame check sequence).
inline constexpr std::int64_t kSegmentOverhead = 66;

/// Bytes on the wire of a message: payload and headers, 1514 for 1448.
constexpr Bytes wire_bytes(Bytes payload) {
  const std::int64_t segments = (payload.count + kSegmentPayload - 1) / kSegmentPayload;
  return {payload.count + segments * kSegmentOverhead};
}

/// The line rate that random loss leaves to one long-lived connection: MSS / RTT * sqrt(3/2) /
/// sqrt(loss), headers added (Mathis, Semke, Mahdavi, Ott: "The macroscopic behavior of the TCP
/// congestion avoidance algorithm", CCR 27(3), 1997, equation 3). None without loss or without
/// delay, and none above 1 Tbit/s, more than any link has.
std::optional<BitsPerSecond> loss_limit(double loss, Duration round_trip);

}  // namespace gradwire
