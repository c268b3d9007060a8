// The same ranks over each transport, for suites that every transport has to pass.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/topology.hpp"
#include "netmodel/transport.hpp"

namespace gradwire {

/// Some ranks joined by one kind of transport, with the clock and executor that they run on.
class TransportWorld {
 public:
  virtual ~TransportWorld() = default;

  virtual Transport& at(Rank rank) = 0;
  virtual Clock& clock() = 0;
  /// Makes a rank vanish as in a crash.
  virtual void crash(Rank rank) = 0;
  /// Runs one task for each rank until all have ended; then tasks that still wait are cancelled.
  /// Returns what each threw. Throws when a task did not end by itself.
  virtual std::vector<std::exception_ptr> run(std::vector<Task<void>> tasks) = 0;
};

/// Ranks that live in real time in this thread.
class RealTimeWorld : public TransportWorld {
 public:
  Clock& clock() override { return clock_; }
  std::vector<std::exception_ptr> run(std::vector<Task<void>> tasks) override;

 protected:
  /// Runs until the group is done; false, the tasks having been cancelled, when that takes too long
  /// for any test here.
  bool drive(TaskGroup& group);
  /// Ends all of them, as after a crash.
  template <typename Transports>
  void abandon(Transports& transports) {
    TaskGroup leaving(context_.get_executor());
    for (auto& transport : transports) {
      transport->abort();
      leaving.spawn(transport->leave());
    }
    drive(leaving);
  }

  SteadyClock clock_;
  boost::asio::io_context context_{1};
};

/// "modelled", "tcp" or "shaped".
std::unique_ptr<TransportWorld> make_world(const std::string& kind,
                                           std::shared_ptr<const Topology> topology);

/// A star of equal cables.
std::shared_ptr<const Topology> star_of(int hosts, BitsPerSecond rate, Duration latency);

/// Sums at once and for nothing.
class FreeReducer final : public Reducer {
 public:
  explicit FreeReducer(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  void start(Bytes amount, std::function<void()> work, std::function<void()> done) override;

 private:
  boost::asio::any_io_executor executor_;
};

}  // namespace gradwire
