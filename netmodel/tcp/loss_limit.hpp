// Response functions: the mean rate of a long-lived connection under random loss.
#pragma once

#include <optional>

#include "netmodel/tcp/settings.hpp"
#include "netmodel/units.hpp"

namespace gradwire {

struct LossyPath {
  double loss = 0.0;      ///< chance of a segment to be lost
  Duration round_trip{};  ///< without queueing
  Duration timeout{};     ///< the retransmission timeout
};

/// Segments per round trip.
///
/// Mathis: sqrt(3/2) / sqrt(p) (Mathis, Semke, Mahdavi, Ott: "The macroscopic behavior of the TCP
/// congestion avoidance algorithm", CCR 27(3), 1997, equation 3).
double mathis_window(double loss);

/// PFTK, with timeouts: RTT / (RTT sqrt(2 p / 3) + T0 min(1, 3 sqrt(3 p / 8)) p (1 + 32 p^2))
/// (Padhye, Firoiu, Towsley, Kurose: "Modeling TCP throughput", SIGCOMM 1998, equation 30, with
/// b = 1: the window grows by what is acknowledged, RFC 3465, not by acknowledgements).
double pftk_window(const LossyPath& path);

/// CUBIC: (C (3 + beta) / (4 (1 - beta)))^(1/4) RTT^(3/4) / p^(3/4), with C = 0.4 and beta = 0.7,
/// but not less than Reno has (RFC 9438, section 5.1, figure 5, and section 4.3).
double cubic_window(const LossyPath& path);

/// The line rate that this leaves to one connection, headers included. None without loss or without
/// delay, and none above 1 Tbit/s, more than any link has. CHECKs that the model is not `drawn`.
std::optional<BitsPerSecond> loss_limit(LossModel model, const LossyPath& path);

}  // namespace gradwire
