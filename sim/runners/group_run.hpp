// A training of processes that somebody else has started, each of them a node: by hand on machines
// of their own, or by MPI. Rank 0 leads: it runs the sweep, is node 0, and collects the reports;
// the others do what it says.
//
// Everything but the training travels over a control transport between all of them, as JSON:
//
//   leader to member: {"job": {point, repeat, training, checkpoints}}, {"go": true},
//                     {"grant": step}, {"stop": step}, {"kept": steps}, {"end": true}
//   member to leader: {"ready": true}, {"alive": true}, {"failed": text, "peer_lost"},
//                     {"state": ..., "steps", "samples", "cpu_seconds", "machine"},
//                     {"report": ..., "samples", "cpu_seconds", "machine"}
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/runners/group_network.hpp"
#include "sim/runners/outcome.hpp"
#include "sim/runners/point_run.hpp"

namespace gradwire {

struct GroupOptions {
  /// How long a member may take over reading its data.
  Duration start_limit = std::chrono::seconds(120);
  /// How long a member may be silent before it counts as hanging; it speaks every second.
  Duration silence_limit = std::chrono::seconds(15);
  /// Threads of each matrix product. More than one is right only for a machine of its own.
  int threads = 1;
};

/// A member failed; what() names it and the reason.
class MemberFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Rank 0.
class GroupLeader {
 public:
  /// Waits until all have joined. `network` outlives the leader. Throws PeerLost when one does not
  /// come.
  GroupLeader(GroupNetwork& network, const GroupOptions& options);
  /// Lets the others go.
  ~GroupLeader();
  GroupLeader(const GroupLeader&) = delete;
  GroupLeader& operator=(const GroupLeader&) = delete;

  int size() const;

  /// Trains on the first nodes of the group; the point has at most size() of them. Throws
  /// MemberFailure, PeerLost; nothing can be run after that.
  RunOutcome run(const PointRun& run);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What members take their jobs from.
struct GroupPlan {
  Plan plan;
  DataSource data;
};

/// Any other rank: joins, and takes part until the leader lets it go. `load` is called at the first
/// job. Throws PeerLost when the leader goes without a word, ScenarioError when this member's
/// scenario is not the leader's, and what load() throws; the leader has been told then.
void serve_group(GroupNetwork& network, const GroupOptions& options,
                 const std::function<std::unique_ptr<GroupPlan>()>& load);

}  // namespace gradwire
