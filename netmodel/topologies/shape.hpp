// The shapes a network can have, as values, and the topology that each stands for.
//
//   NetworkSpec spec{.shape = FatTreeShape{4}, .cables = std::vector<Cable>(16, gigabit)};
//   std::shared_ptr<const Topology> topology = make_topology(spec);
//
// Cables. The cable of a host is described by what two such hosts would have between them over one
// switch: the rate of each link, and latency, jitter and loss from host to host. A cable with a
// switch at one end or both therefore has half of the latency and the jitter, and loses
// 1 - sqrt(1 - loss); a cable between two hosts has all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "netmodel/topologies/routed.hpp"

namespace gradwire {

/// One switch, a cable to each host.
struct StarShape {};

/// Each host is joined to the next one by rank, and the last to the first.
struct RingShape {};

/// Each host is joined to the next one by rank.
struct ChainShape {};

/// Each host is joined to every other.
struct FullMeshShape {};

/// Switches as a tree of `depth` levels, each with `fanout` cables downwards; the hosts are the
/// leaves: fanout^depth.
struct TreeShape {
  int fanout = 2;
  int depth = 1;
};

/// The hosts are the points of a grid whose rows are closed to rings in every dimension; the last
/// coordinate varies fastest with the rank. Two hosts of a dimension of two share one cable.
struct TorusShape {
  std::vector<int> sizes;  ///< hosts in each dimension, two or three of them
};

/// Al-Fares, Loukissas, Vahdat: "A scalable, commodity data center network architecture", SIGCOMM
/// 2008: k pods of k/2 edge and k/2 aggregation switches, (k/2)^2 core switches, k^3/4 hosts, every
/// switch with k ports. k is even.
struct FatTreeShape {
  int k = 2;
};

/// Two switches with half of the hosts each, the left one with the odd host more, and one cable
/// between the switches.
struct DumbbellShape {
  BitsPerSecond bandwidth;          ///< of the cable between the switches, in each direction
  std::optional<Duration> latency;  ///< of that cable; none: like any other cable
};

/// Racks with a switch each, joined by one core switch. The cable of a rack to the core has the sum
/// of the rates of the rack's hosts, divided by the oversubscription.
struct TwoTierShape {
  int racks = 1;
  int hosts = 1;  ///< in each rack
  double oversubscription = 1.0;
};

/// Regions with a switch each, and links between any two of them. The hosts are spread over the
/// regions by rank, in blocks.
struct WanShape {
  template <typename T>
  using Matrix = std::vector<std::vector<T>>;  // [from][to]; the diagonal is not looked at

  std::vector<std::string> regions;
  std::vector<int> hosts;    ///< in each region; empty: as even as can be, the first have one more
  Matrix<Duration> latency;  ///< one way, from switch to switch
  Matrix<BitsPerSecond> bandwidth;  ///< of all messages from one region to the other together
};

/// Hosts, switches and cables as listed.
struct GraphShape {
  struct Joint {
    Vertex from = 0;
    Vertex to = 0;
    Cable there;  ///< as it is, whatever stands at its ends
    Cable back;
  };

  std::vector<std::string> hosts;
  std::vector<std::string> switches;
  std::vector<Joint> joints;
  /// Given ways: source, what lies between, destination.
  std::vector<std::vector<Vertex>> ways;
};

using Shape = std::variant<StarShape, RingShape, ChainShape, FullMeshShape, TreeShape, TorusShape,
                           FatTreeShape, DumbbellShape, TwoTierShape, WanShape, GraphShape>;

/// How many hosts a shape has; none if it takes any number. At most 2^31, however large it is.
std::optional<std::int64_t> hosts_of(const Shape& shape);

/// Whether each host has one cable, to a switch, so that hosts can have different ones.
bool has_host_cables(const Shape& shape);

struct NetworkSpec {
  Shape shape;
  /// One for each host; all the same unless has_host_cables(). Not used by GraphShape.
  std::vector<Cable> cables;
  /// Of switches among each other, where the shape does not say it. Not used by shapes without.
  Cable between_switches;
  Routing routing = Routing::hops;
  /// Of the choice among equal ways.
  std::uint64_t seed = 0;
};

/// The graph of a shape: its hosts by rank, switches named for their place ("rack1", "core").
/// CHECKs that as many cables are given as hosts_of() says.
NetworkGraph graph_of(const NetworkSpec& spec);

/// The topology: a star finds its routes by arithmetic, all others in their graph.
std::shared_ptr<const Topology> make_topology(const NetworkSpec& spec);

}  // namespace gradwire
