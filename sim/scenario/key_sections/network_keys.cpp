#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

void add_network_keys(std::vector<Key>& keys) {
  keys.push_back(
      {.name = "network.topology",
       .type = ChoiceType{{"star", "ring", "chain", "full-mesh", "tree", "torus-2d", "torus-3d",
                           "fat-tree", "dumbbell", "two-tier", "wan", "graph"}},
       .fallback = "star",
       .help = "How hosts, and switches between them, are joined; see \"Topologies\"."});
  keys.push_back({.name = "network.nodes",
                  .type = IntegerType{1, kHostsMax},
                  .help = "How many nodes. Can be left out where the topology says it, or "
                          "`network.hosts`.",
                  .required = true,
                  .stand_ins = {"network.hosts", "network.tree.fanout", "network.torus_2d",
                                "network.torus_3d", "network.fat_tree.k", "network.two_tier.racks",
                                "network.wan.hosts", "network.graph.hosts"}});
  keys.push_back({.name = "network.bandwidth",
                  .type = kBandwidth,
                  .help = "Rate of each link, in each direction.",
                  .required = true,
                  .stand_ins = {"network.hosts", "network.graph.links"}});
  keys.push_back({.name = "network.latency",
                  .type = kDelay,
                  .fallback = "100us",
                  .help = "One way, from host to host over one switch or none: a link at a switch "
                          "has half of it."});
  keys.push_back({.name = "network.jitter",
                  .type = kDelay,
                  .fallback = "0ns",
                  .help = "Random variation of the latency; shared out to the links likewise."});
  keys.push_back({.name = "network.jitter_distribution",
                  .type = ChoiceType{{"uniform", "normal", "pareto"}},
                  .fallback = "uniform",
                  .help = "Uniform from 0 to the jitter; the others have mean and standard "
                          "deviation of half of it, as tc-netem makes them."});
  keys.push_back({.name = "network.loss",
                  .type = PercentageType{0.5},
                  .fallback = "0%",
                  .help = "Share of packets that are lost; shared out to the links likewise."});
  keys.push_back({.name = "network.routing",
                  .type = ChoiceType{{"hops", "latency"}},
                  .fallback = "hops",
                  .help = "What a way has least of: links, or latency. The other one decides "
                          "between equals, then a draw by flow."});
  keys.push_back({.name = "network.weights",
                  .type = IntegerListType{kWeight},
                  .help =
                      "Weights of the nodes: where flows share a link, what a node sends gets as "
                      "much as so many flows. One a node; without it 1 each."});
  keys.push_back({.name = "network.hosts",
                  .type = HostListType{kBandwidth, kDelay},
                  .help = "Nodes that differ: `bandwidth` and `latency` of each node's own links. "
                          "What an entry leaves out is `network.bandwidth` or `network.latency`. "
                          "Only where each host has one cable, to a switch."});
}

}  // namespace gradwire
