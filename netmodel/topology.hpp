// Hosts, directed links, and the way a message takes from one host to another.
#pragma once

#include <boost/container/small_vector.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netmodel/jitter.hpp"
#include "netmodel/message.hpp"
#include "netmodel/units.hpp"

namespace gradwire {

/// One direction of a cable.
struct Link {
  BitsPerSecond rate{};
  Duration latency{};
  /// Additional delay, drawn as the shape says. A message draws one for its whole route, from the
  /// sum of its links.
  Duration jitter{};
  /// Fraction of packets lost, 0 to 1.
  double loss = 0.0;
  /// Bytes that can wait in front of this link when it stands at a switch; none: any number.
  std::optional<Bytes> queue{};
  /// The bucket of its shaper: bytes that pass at once after a pause.
  Bytes burst{};
  JitterShape jitter_shape = JitterShape::uniform;
};

using LinkIndex = std::uint32_t;

/// The links that a message crosses, in order.
using Route = boost::container::small_vector<LinkIndex, 4>;

class Topology {
 public:
  virtual ~Topology() = default;

  virtual int hosts() const = 0;
  virtual std::span<const Link> links() const = 0;
  /// "host0-switch". Made when asked for: thousands of names take as much memory as their links.
  virtual std::string link_name(LinkIndex link) const = 0;
  /// Between two different hosts.
  virtual Route route(Rank from, Rank to) const = 0;
};

/// A cable: two links, the same in both directions.
struct Cable {
  BitsPerSecond rate{};
  /// One way.
  Duration latency{};
  Duration jitter{};
  double loss = 0.0;
  std::optional<Bytes> queue{};
  Bytes burst{};
  JitterShape jitter_shape = JitterShape::uniform;
};

/// One direction of a cable.
Link link_of(const Cable& cable);

/// The cable between one host and the switch of a star.
using StarCable = Cable;

/// One switch with a cable to each host: every message crosses its sender's uplink and its
/// receiver's downlink. Links are named host0-switch and switch-host0.
std::shared_ptr<const Topology> make_star(const std::vector<StarCable>& cables);

/// What a route amounts to.
Duration latency_of(const Topology& topology, const Route& route);
Duration jitter_of(const Topology& topology, const Route& route);
/// The chance that a packet is lost on one of the links.
double loss_of(const Topology& topology, const Route& route);

}  // namespace gradwire
