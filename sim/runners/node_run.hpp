// What one node does in every real mode.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "netmodel/transports/group_transport.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

/// All of it outlives the node's run.
struct NodeRun {
  Clock& clock;
  GroupTransport& transport;
  boost::asio::thread_pool& pool;  // for the arithmetic; as many threads as nodes use it
  StepControl& control;
  const TrainingPlan& training;
  int threads = 1;  // of each product; the pool has one thread a node all the same
};

/// Waits until the node has joined the others, trains, and leaves them. Throws PeerLost.
Task<void> run_node(NodeRun node, Task<void> joined, WorkerReport& report);

}  // namespace gradwire
