// Lets everything of a DynamicsSpec happen to a network, until the training is over.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "netmodel/dynamics/happening.hpp"

namespace gradwire {

/// Outlived by the clock, the network, and the spec.
class NetworkDynamics {
 public:
  /// `streams` supplies the draws of background traffic.
  NetworkDynamics(VirtualClock& clock, ModelledNetwork& network, const DynamicsSpec& spec,
                  const RandomStreams& streams);
  ~NetworkDynamics();
  NetworkDynamics(const NetworkDynamics&) = delete;
  NetworkDynamics& operator=(const NetworkDynamics&) = delete;

  /// Nothing happens from now on, and background traffic ends. To be called when the training is
  /// over: the clock would otherwise never run out of events. Called by itself when the training
  /// stands still and nothing that is to come can change that.
  void stop();

 private:
  struct Item {
    std::unique_ptr<Happening> happening;
    EventId next;
    bool waiting = false;
  };

  void add(std::unique_ptr<Happening> happening);
  void wake(std::size_t index);
  void wait_until(std::size_t index, TimePoint when);
  bool stands_still();

  VirtualClock& clock_;
  ModelledNetwork& network_;
  std::vector<Item> items_;
  std::optional<TimePoint> still_since_;
  std::int64_t delivered_ = 0;  // messages, when it was looked at last
};

}  // namespace gradwire
