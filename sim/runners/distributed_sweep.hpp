// A sweep in virtual time spread over the processes of a group: each takes a part of the points
// that are left when it has finished the last one. Rank 0 leads: it keeps the results, and
// computes, too.
//
//   leader to member: {"calibration": text}, {"part": [[point, repeat], ...]}, {"end": true}
//   member to leader: {"results": an SQLite file in hexadecimal digits}, {"failed": text}
#pragma once

#include <functional>
#include <memory>

#include "sim/runners/group_run.hpp"
#include "sim/runners/sweep.hpp"

namespace gradwire {

/// Rank 0.
class SweepLeader {
 public:
  /// `network` outlives it.
  explicit SweepLeader(GroupNetwork& network);
  /// Lets the others go.
  ~SweepLeader();
  SweepLeader(const SweepLeader&) = delete;
  SweepLeader& operator=(const SweepLeader&) = delete;

  /// As run_sweep() in virtual time. Throws MemberFailure, too. Once.
  void run(const Plan& plan, DataSource& data, const Calibration& calibration, ResultStore& store,
           const SweepOptions& options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Any other rank. `load` is called at the first part.
void serve_sweep(GroupNetwork& network, const std::function<std::unique_ptr<GroupPlan>()>& load);

}  // namespace gradwire
