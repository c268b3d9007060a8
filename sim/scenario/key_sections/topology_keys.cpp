#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {
namespace {

void add_switched_shapes(std::vector<Key>& keys) {
  keys.push_back({.name = "network.tree.fanout",
                  .type = IntegerType{2, 1'000},
                  .help = "Cables of each switch downwards; the hosts are the leaves.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"tree"}}});
  keys.push_back({.name = "network.tree.depth",
                  .type = IntegerType{1, 16},
                  .help = "Levels of switches: fanout^depth hosts.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"tree"}}});
  keys.push_back({.name = "network.torus_2d",
                  .type = IntegerListType{{1, 10'000}},
                  .help = "Hosts in each of the two dimensions, e.g. `[4, 4]`.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"torus-2d"}}});
  keys.push_back({.name = "network.torus_3d",
                  .type = IntegerListType{{1, 10'000}},
                  .help = "Hosts in each of the three dimensions, e.g. `[4, 2, 2]`.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"torus-3d"}}});
  keys.push_back({.name = "network.fat_tree.k",
                  .type = IntegerType{2, 72},
                  .help = "Ports of each switch, an even number: k^3/4 hosts.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"fat-tree"}}});
  keys.push_back({.name = "network.dumbbell.bandwidth",
                  .type = kBandwidth,
                  .help = "Rate between the two halves, in each direction.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"dumbbell"}}});
  keys.push_back({.name = "network.dumbbell.latency",
                  .type = kDelay,
                  .help = "One way, between the two switches.",
                  .only_with = KeyHasValue{"network.topology", {"dumbbell"}},
                  .fallback_note = "half of `network.latency`"});
  keys.push_back({.name = "network.two_tier.racks",
                  .type = IntegerType{1, kHostsMax},
                  .help = "Racks, each with a switch that has a cable to the core.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"two-tier"}}});
  keys.push_back({.name = "network.two_tier.hosts",
                  .type = IntegerType{1, kHostsMax},
                  .help = "Hosts in each rack.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"two-tier"}}});
  keys.push_back(
      {.name = "network.two_tier.oversubscription",
       .type = NumberType{.min = 0.01, .max = 1'000.0},
       .fallback = "1",
       .help = "Rate of a rack's hosts together, over the rate of its cable to the core.",
       .only_with = KeyHasValue{"network.topology", {"two-tier"}}});
}

void add_wan_and_graph(std::vector<Key>& keys) {
  keys.push_back({.name = "network.wan.regions",
                  .type = NamesType{2},
                  .help = "Regions; each has a switch, and a link to and from every other.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"wan"}}});
  keys.push_back({.name = "network.wan.hosts",
                  .type = IntegerListType{{0, kHostsMax}},
                  .help = "Hosts in each region, by rank. Without it `network.nodes` are spread "
                          "evenly.",
                  .only_with = KeyHasValue{"network.topology", {"wan"}}});
  keys.push_back({.name = "network.wan.latency",
                  .type = DelayMatrixType{kDelay},
                  .help = "One way, from the region of the row to that of the column.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"wan"}},
                  .stand_ins = {"network.wan.rtt"},
                  .alternative = {"network.wan.latency", 1}});
  keys.push_back({.name = "network.wan.rtt",
                  .type = DelayMatrixType{kDelay},
                  .help = "There and back, instead of `latency`: half of it each way.",
                  .only_with = KeyHasValue{"network.topology", {"wan"}},
                  .alternative = {"network.wan.latency", 2}});
  keys.push_back({.name = "network.wan.bandwidth",
                  .type = RateMatrixType{kBandwidth},
                  .help = "Of all messages from one region to the other together.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"wan"}}});
  keys.push_back({.name = "network.graph.hosts",
                  .type = NamesType{1},
                  .help = "The hosts, by rank.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
  keys.push_back({.name = "network.graph.switches",
                  .type = NamesType{0},
                  .fallback = "[]",
                  .help = "The switches.",
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
  keys.push_back({.name = "network.graph.links",
                  .type = CableListType{kBandwidth, kDelay, {0.5}},
                  .help = "Cables. What an entry leaves out is as in `network`, latency whole; "
                          "`back` says what differs in the direction from `to` to `from`.",
                  .required = true,
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
  keys.push_back({.name = "network.routes",
                  .type = WayListType{},
                  .help = "Ways that are taken whatever they cost; all others are searched for.",
                  .only_with = KeyHasValue{"network.topology", {"graph"}}});
}

}  // namespace

void add_topology_keys(std::vector<Key>& keys) {
  add_switched_shapes(keys);
  add_wan_and_graph(keys);
}

}  // namespace gradwire
