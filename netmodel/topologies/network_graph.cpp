#include "netmodel/topologies/network_graph.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

std::vector<std::string> numbered_hosts(int count) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(count));
  for (int host = 0; host < count; ++host) names.push_back(fmt::format("host{}", host));
  return names;
}

}  // namespace

NetworkGraph::NetworkGraph(int hosts) : NetworkGraph(numbered_hosts(hosts)) {}

NetworkGraph::NetworkGraph(std::vector<std::string> hosts)
    : hosts_(static_cast<int>(hosts.size())), names_(std::move(hosts)), leaving_(names_.size()) {}

Vertex NetworkGraph::add_switch(std::string name) {
  names_.push_back(std::move(name));
  leaving_.emplace_back();
  return vertices() - 1;
}

void NetworkGraph::join(Vertex a, Vertex b, const Cable& there, const Cable& back) {
  CHECK(a != b && a >= 0 && b >= 0 && a < vertices() && b < vertices(), "{} and {} of {}", a, b,
        vertices());
  const auto add = [this](Vertex from, Vertex to, const Cable& cable) {
    leaving_[index(from)].push_back(static_cast<LinkIndex>(links_.size()));
    ends_.push_back(to);
    links_.push_back(link_of(cable));
  };
  add(a, b, there);
  add(b, a, back);
}

Route NetworkGraph::along(std::span<const Vertex> vertices) const {
  Route route;
  for (std::size_t i = 1; i < vertices.size(); ++i) {
    const auto links = leaving(vertices[i - 1]);
    const auto link =
        std::ranges::find(links, vertices[i], [this](LinkIndex l) { return end_of(l); });
    CHECK(link != links.end(), "{} and {} are not joined", name(vertices[i - 1]),
          name(vertices[i]));
    route.push_back(*link);
  }
  return route;
}

bool NetworkGraph::joined(Vertex a, Vertex b) const {
  return std::ranges::any_of(leaving(a), [&](LinkIndex link) { return end_of(link) == b; });
}

Rank NetworkGraph::first_unreachable_host() const {
  std::vector<bool> reached(names_.size(), false);
  std::vector<Vertex> open;
  const auto reach = [&](Vertex vertex) {
    if (reached[index(vertex)]) return;
    reached[index(vertex)] = true;
    open.push_back(vertex);
  };
  if (hosts() > 0) reach(0);
  while (!open.empty()) {
    const Vertex vertex = open.back();
    open.pop_back();
    for (const LinkIndex link : leaving(vertex)) reach(end_of(link));
  }
  const auto hosts_end = reached.begin() + hosts();
  return static_cast<Rank>(std::find(reached.begin(), hosts_end, false) - reached.begin());
}

}  // namespace gradwire
