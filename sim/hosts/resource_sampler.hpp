// What the nodes of a network that is up use of the machine, second by second.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/hosts/testbed.hpp"
#include "sim/results/repeat_result.hpp"

namespace gradwire {

/// Samples from its construction on, in a thread of its own. A process belongs to the node in whose
/// network namespace it is; one that lives for less than a second may be missed.
class ResourceSampler {
 public:
  explicit ResourceSampler(const Testbed& testbed);
  ~ResourceSampler();
  ResourceSampler(const ResourceSampler&) = delete;
  ResourceSampler& operator=(const ResourceSampler&) = delete;

  /// Ends the sampling, with a last sample of what is left of a second, and returns all of them.
  std::vector<ResourceSample> stop();

 private:
  class Probe;

  void run();

  std::unique_ptr<Probe> probe_;
  std::vector<ResourceSample> samples_;
  std::mutex mutex_;  // of begun_ and stopping_
  std::condition_variable wake_;
  bool begun_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gradwire
