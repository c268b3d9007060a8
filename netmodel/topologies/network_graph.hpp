// Hosts and switches as vertices, joined by cables: what a network looks like before there are
// routes. Routes through it are found by make_routed() (routed.hpp).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "netmodel/topology.hpp"

namespace gradwire {

/// The hosts are 0 to hosts() - 1, by rank; the switches follow in the order of add_switch().
using Vertex = int;

class NetworkGraph {
 public:
  /// Hosts named host0, host1, ...
  explicit NetworkGraph(int hosts);
  explicit NetworkGraph(std::vector<std::string> hosts);

  Vertex add_switch(std::string name);

  /// Adds a cable: a link from a to b, and then one back.
  void join(Vertex a, Vertex b, const Cable& cable) { join(a, b, cable, cable); }
  /// A cable whose directions differ: `there` is from a to b.
  void join(Vertex a, Vertex b, const Cable& there, const Cable& back);

  int hosts() const { return hosts_; }
  int vertices() const { return static_cast<int>(names_.size()); }
  int switches() const { return vertices() - hosts(); }
  const std::string& name(Vertex vertex) const { return names_[index(vertex)]; }
  std::span<const Link> links() const { return links_; }
  /// "a-b": where it begins and where it ends.
  std::string link_name(LinkIndex link) const {
    return name(end_of(back(link))) + "-" + name(end_of(link));
  }

  /// The links that leave a vertex, in the order in which they were added.
  std::span<const LinkIndex> leaving(Vertex vertex) const { return leaving_[index(vertex)]; }
  /// The vertex that a link leads to.
  Vertex end_of(LinkIndex link) const { return ends_[link]; }
  /// The other link of the same cable.
  static LinkIndex back(LinkIndex link) { return link ^ 1U; }

  /// The links along these vertices, of which the first and the last are hosts. CHECKs that each is
  /// joined to the next.
  Route along(std::span<const Vertex> vertices) const;

  /// Whether a cable joins the two.
  bool joined(Vertex a, Vertex b) const;

  /// The first host to which there is no way from host 0; hosts() if all can be reached.
  Rank first_unreachable_host() const;

 private:
  static std::size_t index(Vertex vertex) { return static_cast<std::size_t>(vertex); }

  int hosts_;
  std::vector<std::string> names_;
  std::vector<std::vector<LinkIndex>> leaving_;
  std::vector<Link> links_;   // the two of a cable side by side: 2i and 2i + 1
  std::vector<Vertex> ends_;  // by link
};

}  // namespace gradwire
