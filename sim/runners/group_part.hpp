// One member's part in one repeat of a group's training, the same for the leader.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <string>
#include <vector>

#include "netmodel/steady_clock.hpp"
#include "sim/hosts/resource_sampler.hpp"
#include "sim/runners/group_network.hpp"
#include "sim/runners/point_run.hpp"
#include "trainer/worker.hpp"

namespace gradwire {

/// Made when the leader says go: its clock starts then. The clocks of the nodes differ by the time
/// that this takes to reach them.
class GroupPart {
 public:
  /// All of it outlives the part.
  GroupPart(GroupNetwork& network, boost::asio::io_context& context, const PointRun& run,
            int threads);

  const Clock& clock() const { return clock_; }

  /// Joins, trains and leaves. Throws PeerLost; abort() and leave() have to follow then.
  Task<void> train(StepControl& control);
  void abort() { joining_.transport->abort(); }
  Task<void> leave() { return joining_.transport->leave(); }

  const WorkerReport& report() const { return report_; }
  /// What this process has used meanwhile.
  const std::vector<ResourceSample>& samples() const { return samples_; }
  /// The same, while it trains.
  std::vector<ResourceSample> samples_so_far() const { return sampler_->so_far(); }

 private:
  const PointRun& run_;
  int threads_;
  SteadyClock clock_;
  boost::asio::thread_pool pool_{1};
  GroupNetwork::Joining joining_;
  WorkerReport report_;
  std::vector<ResourceSample> samples_;
  std::optional<ResourceSampler> sampler_;
};

/// What is trained, and whether all of it, as text: equal for a leader and a member whose scenarios
/// agree in that.
std::string training_key(const PointRun& run);

}  // namespace gradwire
