// A collective in virtual time with nothing around it: no training, sums in no time. What
// benchmarks time, and what peers are compared with.
#pragma once

#include <memory>

#include <vector>

#include "netmodel/topology.hpp"
#include "netmodel/transport.hpp"

namespace gradwire {

struct CollectiveRun {
  TimePoint end;
  std::int64_t messages;
  std::int64_t left_out;  // of the times
};

/// What the run may do beside handling each message's events.
enum class Shortcuts {
  none,
  leaps,  ///< as in every run (netmodel/transports/undisturbed_collective.hpp)
  all,    ///< leaps, and repetitions are left out (StepRepetition)
};

/// Every host of the topology takes part in these collectives, one after another, and all of them
/// `times` times; timing only. CHECKs that all come to the end.
CollectiveRun run_collectives(std::shared_ptr<const Topology> topology,
                              const std::vector<std::shared_ptr<const Schedule>>& schedules,
                              std::int64_t times, Shortcuts shortcuts = Shortcuts::leaps);

}  // namespace gradwire
