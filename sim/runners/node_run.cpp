#include "sim/runners/node_run.hpp"

#include <boost/asio/this_coro.hpp>

#include "trainer/pool_compute.hpp"

namespace gradwire {

namespace asio = boost::asio;

Task<void> run_node(NodeRun node, Task<void> joined, WorkerReport& report) {
  co_await std::move(joined);
  PoolCompute compute(node.pool, co_await asio::this_coro::executor, node.threads);
  co_await run_worker({node.clock, node.transport, compute, node.control}, node.training, report);
  co_await node.transport.leave();
}

}  // namespace gradwire
