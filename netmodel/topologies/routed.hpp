// Static shortest-path routes through a graph of hosts and switches.
//
// A way costs its latency or its number of links, as `Routing` says; of ways that cost the same,
// the other of the two decides. Where several are then still equal, each flow takes one of them
// (ECMP, RFC 2992): from the destination back, a hash of the seed, the two hosts and the vertex
// where ways meet picks the last link. The links of a connection therefore never change, and those
// of its answers may be others.
//
// Hosts that lie on a way forward, as switches do; that costs them no processor time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "netmodel/topologies/network_graph.hpp"

namespace gradwire {

/// What the best way has least of.
enum class Routing { hops, latency };

struct RoutingOptions {
  Routing by = Routing::hops;
  /// Of the choice among equal ways.
  std::uint64_t seed = 0;
  /// Ways that are taken whatever they cost, by source and destination.
  std::map<std::pair<Rank, Rank>, Route> given;
};

/// The topology of a graph in which every host can reach every other. A way is searched for when it
/// is asked for: one search serves all ways from one host, or from all hosts that hang on one
/// switch by a single cable. route() may be called by several threads.
std::shared_ptr<const Topology> make_routed(NetworkGraph graph, RoutingOptions options);

}  // namespace gradwire
