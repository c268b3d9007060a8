// Whether this machine was quiet enough for a measurement to be believed.
#pragma once

#include <chrono>
#include <string>

#include "netmodel/transports/link_shaper.hpp"

namespace gradwire {

/// CPU time that this process has used so far.
double own_cpu_seconds();

/// Watches the processor from its construction on.
class HostLoad {
 public:
  HostLoad();

  /// Why a measurement since then is not to be believed: late timers, a processor without a core to
  /// spare, other programs at work. Empty if it is. What processes of the run have used besides
  /// this one counts as its own.
  std::string distortion(const Lateness& lateness, double others_cpu_seconds = 0.0) const;

 private:
  struct Sample {
    std::chrono::steady_clock::time_point when;
    double own_cpu_seconds = 0.0;
    double all_busy_seconds = 0.0;  // of everybody, on the cores that this process may use
  };
  static Sample sample();

  Sample start_;
};

}  // namespace gradwire
