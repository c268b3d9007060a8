// The real processors of this machine: work runs on a pool of threads.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "trainer/compute.hpp"

namespace gradwire {

/// One node's share of a pool with at least as many threads as nodes, so that the operating system
/// and not a queue shares the cores. Refers to a pool that outlives it.
class PoolCompute final : public Compute {
 public:
  /// `home` runs the node's coroutines. `threads`: of each matrix product, see use_threads().
  PoolCompute(boost::asio::thread_pool& pool, boost::asio::any_io_executor home, int threads = 1)
      : pool_(pool), home_(std::move(home)), threads_(threads) {}

  void start(Duration cost, std::function<void()> work, std::function<void()> done) override;

 private:
  boost::asio::thread_pool& pool_;
  boost::asio::any_io_executor home_;
  int threads_;
};

}  // namespace gradwire
