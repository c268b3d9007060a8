// A scenario's network as things that can be built on a Linux machine: hosts with addresses,
// switches, the two ends of every cable, and routes. The scripts in containers/ build it.
//
// Where every host has one cable and the switches form a tree, switches are learning bridges. Any
// other network has more than one way between two hosts: there every vertex is a router with the
// static routes of the model, and each pair of hosts keeps its own way.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "netmodel/tcp/settings.hpp"
#include "netmodel/topologies/shape.hpp"

namespace gradwire {

/// One end of a cable. The first of a host is eth0, of a switch p0.
struct Interface {
  std::string name;
  std::string mac;
};

struct HostPlan {
  enum class Forwarding { bridges, routers };

  struct Node {
    std::string name;
    std::vector<Interface> interfaces;
  };
  struct Host : Node {
    std::string address;  ///< IPv4
  };
  struct Cable {
    Vertex a = 0;
    int a_interface = 0;
    Vertex b = 0;
    int b_interface = 0;
  };
  /// One direction of a cable, shaped where it begins.
  struct Direction {
    std::string name;
    Link link;
    Vertex from = 0;
    int interface = 0;
    Vertex to = 0;
    Bytes burst;  ///< what a token bucket lets pass at once after idle
    Bytes queue;  ///< what waits before the bucket
  };
  struct HostRoute {
    Vertex at = 0;
    std::vector<Rank> sources;  ///< only packets from these; empty: from everybody else
    Rank destination = 0;
    int interface = 0;
    std::string next_mac;  ///< of the other end of that cable
  };
  /// From one host to another, for the checks: ways that together cross every link there is.
  struct Way {
    Rank from = 0;
    Rank to = 0;
    std::vector<std::size_t> directions;
    // There and back again, along the way of the answers:
    Duration latency{};
    Duration jitter{};  ///< the largest
    double loss = 0.0;
  };

  Forwarding forwarding = Forwarding::bridges;
  int prefix = 16;  ///< bits of the network that all addresses are in
  int port = 0;     ///< of every host's worker
  std::vector<Host> hosts;
  std::vector<Node> switches;
  std::vector<Cable> cables;
  std::vector<Direction> directions;
  std::vector<HostRoute> routes;  ///< routers only
  std::vector<Way> ways;

  const Node& node(Vertex vertex) const;
};

/// The network has more hosts than one machine can reasonably hold.
class TooManyHosts : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws TooManyHosts.
HostPlan make_host_plan(const NetworkSpec& spec);

/// A token bucket's burst that neither costs throughput at this rate nor lets short messages run
/// far ahead (measured with tbf on Linux 6.18: 1600 bytes at 1 Mbit/s, 3100 from 10 to 100 Mbit/s
/// and 128 kB at 1 Gbit/s come within 0.3 % of the rate).
Bytes burst_for(BitsPerSecond rate);

/// What a host may use of this machine; all of it without.
struct HostLimits {
  std::optional<double> cores;  ///< processor time, 0.5 for half a core
  std::vector<int> cpus;        ///< numbers of processors; none: all
  std::optional<double>
      shares;  ///< weight against other hosts where there is not enough, 2 to 2^18
  std::optional<Bytes> memory;
};

/// What belongs to the hosts beside their network.
struct HostSettings {
  std::string scenario;              ///< its name
  std::vector<std::string> folders;  ///< whose files the workers read
  TcpSettings tcp;
  std::vector<HostLimits> limits;  ///< by rank; none: no limits
};

/// The plan for the scripts, with the settings of its hosts: one object of JSON.
std::string host_plan_json(const HostPlan& plan, const HostSettings& settings);

}  // namespace gradwire
