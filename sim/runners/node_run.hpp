// What one node does in every mode whose nodes are joined by TCP.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <vector>

#include "netmodel/transports/tcp_transport.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

/// All of it outlives the node's run.
struct NodeRun {
  Clock& clock;
  TcpTransport& transport;
  boost::asio::thread_pool& pool;  // for the arithmetic; as many threads as nodes use it
  StepControl& control;
  const TrainingPlan& training;
};

/// Joins the others at their addresses (by rank), trains, and leaves them. Throws PeerLost.
Task<void> run_node(NodeRun node, std::vector<TcpTransport::Endpoint> addresses,
                    WorkerReport& report);

}  // namespace gradwire
