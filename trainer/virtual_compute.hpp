// Processors in virtual time: the arithmetic is done at once, its cost is charged to the node.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "netmodel/flow_engine.hpp"
#include "trainer/compute.hpp"

namespace gradwire {

struct VirtualProcessorOptions {
  /// Cores of each node. A worker has one thread: 0.5 halves its speed, more than 1 does not help.
  double cores = 1.0;
  /// Set when all nodes share one host with so many cores (processor sharing); else every node has
  /// a machine of its own.
  std::optional<int> host_cores;
};

class VirtualCompute;

/// The processors of all nodes of a run. Goes before its clock.
class VirtualProcessors {
 public:
  /// `speeds`: of each node, relative to the machine that the costs were measured on.
  VirtualProcessors(VirtualClock& clock, const VirtualProcessorOptions& options,
                    const std::vector<double>& speeds);
  ~VirtualProcessors();

  Compute& of(Rank rank);

  /// How much a node has begun to compute so far, but for what it has let pass.
  std::int64_t started(Rank rank) const;
  /// Adds what decides when the nodes are done with what they compute.
  void describe(RelativeState& state) const;

 private:
  FlowEngine engine_;
  std::vector<std::unique_ptr<VirtualCompute>> nodes_;
};

}  // namespace gradwire
