// What goes on beside a training, one wake-up at a time: an event, a trace, a source of traffic.
#pragma once

#include <memory>

#include "netmodel/dynamics/dynamics_spec.hpp"
#include "netmodel/random_streams.hpp"
#include "netmodel/transports/modelled_network.hpp"

namespace gradwire {

class Happening {
 public:
  virtual ~Happening() = default;
  Happening(const Happening&) = delete;
  Happening& operator=(const Happening&) = delete;

  /// When it happens for the first time.
  virtual TimePoint start() const = 0;
  /// Lets happen what is due now; returns when it goes on, none if it is over. An instant before
  /// the next one is never returned.
  virtual std::optional<TimePoint> proceed(TimePoint now) = 0;
  /// Takes away what it has put into the network.
  virtual void stop() {}
  /// After which time it has done to the network all that it will ever do; none while it can still
  /// do something new, zero if nothing that it does brings a message forward.
  virtual std::optional<Duration> cycle() const = 0;

 protected:
  Happening() = default;
};

std::unique_ptr<Happening> make_happening(ModelledNetwork& network, const NetworkEvent& event);
std::unique_ptr<Happening> make_happening(ModelledNetwork& network, const LinkTrace& trace);
/// `index` tells the sources of a network apart: each has a random stream of its own.
std::unique_ptr<Happening> make_happening(ModelledNetwork& network, const BackgroundFlow& flow,
                                          const RandomStreams& streams, std::uint64_t index);

}  // namespace gradwire
