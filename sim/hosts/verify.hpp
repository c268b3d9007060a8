// Whether a network that is up delivers what its scenario asks for.
#pragma once

#include <string>
#include <vector>

#include "sim/hosts/testbed.hpp"
#include "sim/results/repeat_result.hpp"

namespace gradwire {

struct Tolerance {
  double rate = 0.02;  ///< of the expected goodput
  /// Of the round trip: the larger one of the two.
  Duration round_trip = std::chrono::microseconds(300);
  double round_trip_share = 0.05;
};

/// Measures, one way after the other, until every link was crossed in its direction: goodput by
/// iperf3 against the 1448/1514 that TCP makes of the slowest link, round trips on an idle network
/// by ping against the latencies, losses where the scenario asks for any. What a busy machine may
/// have spoilt is measured up to three times. Throws TestbedError when nothing can be measured.
std::vector<LinkCheck> verify_links(const Testbed& testbed, const Tolerance& tolerance);

/// Requested, expected and delivered, with a mark at what is beyond the tolerance.
std::string verification_table(const std::vector<LinkCheck>& checks);

/// Throws TestbedError with the table if a check is beyond the tolerance.
void require_within(const std::vector<LinkCheck>& checks);

}  // namespace gradwire
