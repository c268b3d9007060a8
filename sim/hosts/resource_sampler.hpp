// What the nodes of a network that is up use of the machine, or one node of its own, second by
// second.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "netmodel/message.hpp"
#include "sim/hosts/testbed.hpp"
#include "sim/results/repeat_result.hpp"

namespace gradwire {

/// Samples from its construction on, in a thread of its own.
class ResourceSampler {
 public:
  /// All nodes. A process belongs to the node in whose network namespace it is; one that lives for
  /// less than a second may be missed.
  explicit ResourceSampler(const Testbed& testbed);
  /// This process, as the node of this rank, and all interfaces that it sees.
  explicit ResourceSampler(Rank own);
  ~ResourceSampler();
  ResourceSampler(const ResourceSampler&) = delete;
  ResourceSampler& operator=(const ResourceSampler&) = delete;

  /// Those that were taken until now.
  std::vector<ResourceSample> so_far() const;

  /// Whether the processes that are measured are still there.
  enum class Processes { there, gone };

  /// Ends the sampling, with a last sample of what is left of a second, and returns all of them. Of
  /// processes that are gone it has what was seen of them last.
  std::vector<ResourceSample> stop(Processes processes = Processes::there);

 private:
  class Probe;

  explicit ResourceSampler(std::unique_ptr<Probe> probe);
  void run();

  std::unique_ptr<Probe> probe_;
  std::vector<ResourceSample> samples_;
  mutable std::mutex mutex_;  // of samples_, begun_ and stopping_
  std::condition_variable wake_;
  bool begun_ = false;
  bool stopping_ = false;
  Processes processes_ = Processes::there;
  std::thread thread_;
};

}  // namespace gradwire
