#include "netmodel/topologies/routed.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <queue>
#include <unordered_map>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

// What a way costs: what counts first, and what decides between equals.
using Cost = std::pair<std::int64_t, std::int64_t>;
using Costs = std::vector<Cost>;  // by place (RoutedTopology::places_)

constexpr Cost kUnreached = {std::numeric_limits<std::int64_t>::max(), 0};

// Costs that are kept for later questions; 256 MB.
constexpr std::size_t kCostsKept = std::size_t{1} << 24;

// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", OOPSLA 2014) over several values: every bit of each moves every bit of the result.
template <typename... Values>
std::uint64_t hash_of(Values... values) {
  std::uint64_t state = 0;
  for (const std::uint64_t value : {static_cast<std::uint64_t>(values)...}) {
    state = (state ^ value) + 0x9e3779b97f4a7c15ULL;
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;
    state = (state ^ (state >> 27)) * 0x94d049bb133111ebULL;
    state ^= state >> 31;
  }
  return state;
}

class RoutedTopology final : public Topology {
 public:
  RoutedTopology(NetworkGraph graph, RoutingOptions options)
      : graph_(std::move(graph)), options_(std::move(options)) {
    for (Vertex vertex = 0; vertex < graph_.vertices(); ++vertex) {
      places_.push_back(graph_.leaving(vertex).size() == 1 ? kLeaf : inner_++);
    }
  }

  int hosts() const override { return graph_.hosts(); }
  std::span<const Link> links() const override { return graph_.links(); }
  std::string link_name(LinkIndex link) const override { return graph_.link_name(link); }

  Route route(Rank from, Rank to) const override {
    CHECK(from != to && from >= 0 && to >= 0 && from < hosts() && to < hosts(), "{} to {} of {}",
          from, to, hosts());
    const auto given = options_.given.find({from, to});
    if (given != options_.given.end()) return given->second;
    const auto ways_out = graph_.leaving(from);
    const bool one_way_out = ways_out.size() == 1;
    const Vertex start = one_way_out ? graph_.end_of(ways_out.front()) : from;
    if (start == to) return {ways_out.front()};
    std::vector<LinkIndex> backwards;
    Vertex finish = to;
    if (is_leaf(to)) {
      const LinkIndex away = graph_.leaving(to).front();
      backwards.push_back(NetworkGraph::back(away));
      finish = graph_.end_of(away);
    }
    CHECK(!is_leaf(start) && !is_leaf(finish), "no way from {} to {}", graph_.name(from),
          graph_.name(to));
    const std::lock_guard lock(mutex_);
    const Costs& costs = costs_from(start);
    CHECK(cost_of(costs, finish) != kUnreached, "no way from {} to {}", graph_.name(from),
          graph_.name(to));
    for (Vertex vertex = finish; vertex != start;) {
      backwards.push_back(last_link(costs, vertex, from, to));
      vertex = graph_.end_of(NetworkGraph::back(backwards.back()));
    }
    if (one_way_out) backwards.push_back(ways_out.front());
    return {backwards.rbegin(), backwards.rend()};
  }

 private:
  static std::size_t index(Vertex vertex) { return static_cast<std::size_t>(vertex); }

  // The cost of a way that is known to a vertex, and one link more.
  Cost extended(const Cost& cost, LinkIndex link) const {
    const std::int64_t latency = graph_.links()[link].latency.count();
    return options_.by == Routing::latency ? Cost{cost.first + latency, cost.second + 1}
                                           : Cost{cost.first + 1, cost.second + latency};
  }

  // The link by which this flow's way reaches the vertex.
  LinkIndex last_link(const Costs& costs, Vertex vertex, Rank from, Rank to) const {
    boost::container::small_vector<LinkIndex, 8> equal;
    for (const LinkIndex away : graph_.leaving(vertex)) {
      if (is_leaf(graph_.end_of(away))) continue;
      const Cost& before = cost_of(costs, graph_.end_of(away));
      if (before == kUnreached) continue;
      const LinkIndex link = NetworkGraph::back(away);
      if (extended(before, link) == cost_of(costs, vertex)) equal.push_back(link);
    }
    CHECK(!equal.empty(), "no last link to {}", graph_.name(vertex));
    if (equal.size() == 1) return equal.front();
    return equal[hash_of(options_.seed, from, to, vertex) % equal.size()];
  }

  const Costs& costs_from(Vertex start) const {
    if (const auto known = known_.find(start); known != known_.end()) return known->second;
    if ((known_.size() + 1) * inner_ > kCostsKept) known_.clear();
    return known_.emplace(start, search(start)).first->second;
  }

  // Dijkstra, "A note on two problems in connexion with graphs", Numerische Mathematik 1, 1959.
  Costs search(Vertex start) const {
    Costs costs(inner_, kUnreached);
    using Entry = std::pair<Cost, Vertex>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
    costs[places_[index(start)]] = {0, 0};
    open.push({{0, 0}, start});
    while (!open.empty()) {
      const auto [cost, vertex] = open.top();
      open.pop();
      if (cost != cost_of(costs, vertex)) continue;
      for (const LinkIndex link : graph_.leaving(vertex)) {
        if (is_leaf(graph_.end_of(link))) continue;
        const Cost onward = extended(cost, link);
        Cost& best = costs[places_[index(graph_.end_of(link))]];
        if (onward >= best) continue;
        best = onward;
        open.push({onward, graph_.end_of(link)});
      }
    }
    return costs;
  }

  // No way leads through a vertex that has one cable: searches leave them out.
  static constexpr std::size_t kLeaf = std::numeric_limits<std::size_t>::max();
  bool is_leaf(Vertex vertex) const { return places_[index(vertex)] == kLeaf; }
  const Cost& cost_of(const Costs& costs, Vertex vertex) const {
    return costs[places_[index(vertex)]];
  }

  NetworkGraph graph_;
  RoutingOptions options_;
  std::vector<std::size_t> places_;  // by vertex: its number among those that are no leaves
  std::size_t inner_ = 0;            // how many those are
  mutable std::mutex mutex_;
  mutable std::unordered_map<Vertex, Costs> known_;  // by the vertex where the search began
};

}  // namespace

std::shared_ptr<const Topology> make_routed(NetworkGraph graph, RoutingOptions options) {
  return std::make_shared<RoutedTopology>(std::move(graph), std::move(options));
}

}  // namespace gradwire
