// Why a step takes as long as it does: the chain of computing, waiting and messages that leads to
// its end, each link of which began as the one before it ended. Making anything shorter that is
// not on it does not make the step shorter.
#pragma once

#include <span>
#include <vector>

#include "netmodel/transports/flow_record.hpp"
#include "sim/explain/work_span.hpp"

namespace gradwire {

struct Cause {
  enum class Kind {
    compute,
    limit,    ///< a message that something held back
    latency,  ///< a message whose last bit had left: latency, jitter, queues, the receiver's
              ///< software
    idle,     ///< nothing that is recorded
  };
  Kind kind = Kind::idle;
  FlowLimit limit;  ///< with Kind::limit

  friend bool operator==(const Cause&, const Cause&) = default;
};

struct PathPiece {
  Cause cause;
  Duration length{};

  friend bool operator==(const PathPiece&, const PathPiece&) = default;
};

/// What was recorded of a run, from `begin` of the step at the latest: work by rank, in order,
/// flows in the order of their arrival.
struct Recorded {
  std::span<const std::vector<WorkSpan>> work;
  std::span<const FlowRecord> flows;
};

/// The chain that leads to what `rank` had reached at `end`, from `begin` on, in the order of time.
/// The lengths add up to end - begin.
std::vector<PathPiece> critical_path(const Recorded& recorded, Rank rank, TimePoint begin,
                                     TimePoint end);

/// How much each cause has of a path, the largest first; of equals the one that comes first.
std::vector<PathPiece> shares_of(std::span<const PathPiece> path);

}  // namespace gradwire
