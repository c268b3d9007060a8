#include "sim/scenario/build_dynamics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "netmodel/topologies/shape.hpp"

namespace gradwire {
namespace {

constexpr std::string_view kEvents = "network.events";
constexpr std::string_view kTraces = "network.traces";
constexpr std::string_view kBackground = "network.background";

// The links of a network by their names, and its hosts.
class Names {
 public:
  explicit Names(const Scenario::Network& network) {
    const NetworkSpec spec{
        .shape = network.shape,
        .cables = std::vector<Cable>(static_cast<std::size_t>(network.nodes), Cable{kAny, {}}),
        .between_switches = {kAny, {}},
        .routing = network.routing};
    const NetworkGraph graph = graph_of(spec);
    for (Rank host = 0; host < graph.hosts(); ++host) hosts_.emplace(graph.name(host), host);
    const bool is_star = std::holds_alternative<StarShape>(network.shape);
    const auto number = [&](LinkIndex link) {
      // A star has its uplinks first (make_star()).
      if (!is_star) return link;
      return static_cast<LinkIndex>(link / 2 + (link % 2) * static_cast<LinkIndex>(graph.hosts()));
    };
    for (LinkIndex link = 0; link < graph.links().size(); ++link) {
      links_[graph.link_name(link)].push_back(number(link));
      cables_[graph.link_name(link)].push_back(number(link));
      cables_[graph.link_name(link)].push_back(number(NetworkGraph::back(link)));
    }
    host_links_.resize(static_cast<std::size_t>(graph.hosts()));
    for (Rank host = 0; host < graph.hosts(); ++host) {
      for (const LinkIndex link : graph.leaving(host)) {
        host_links_[static_cast<std::size_t>(host)].push_back(number(link));
        host_links_[static_cast<std::size_t>(host)].push_back(number(NetworkGraph::back(link)));
      }
    }
  }

  const std::map<std::string, Rank>& hosts() const { return hosts_; }
  const std::map<std::string, std::vector<LinkIndex>>& links() const { return links_; }
  const std::map<std::string, std::vector<LinkIndex>>& cables() const { return cables_; }
  const std::vector<LinkIndex>& links_of(Rank host) const {
    return host_links_[static_cast<std::size_t>(host)];
  }

 private:
  static constexpr BitsPerSecond kAny{1'000'000};

  std::map<std::string, Rank> hosts_;
  std::map<std::string, std::vector<LinkIndex>> links_;
  std::map<std::string, std::vector<LinkIndex>> cables_;  // both directions, by either's name
  std::vector<std::vector<LinkIndex>> host_links_;        // of both directions, by host
};

class DynamicsBuilder {
 public:
  DynamicsBuilder(const PointSettings& settings, const Scenario::Network& network)
      : settings_(settings), names_(network) {}

  DynamicsSpec build() {
    if (const auto* events = settings_.find<std::vector<EventEntry>>(kEvents)) {
      for (key_ = kEvents, entry_ = 0; entry_ < events->size(); ++entry_) add((*events)[entry_]);
    }
    if (const auto* traces = settings_.find<std::vector<TraceEntry>>(kTraces)) {
      for (key_ = kTraces, entry_ = 0; entry_ < traces->size(); ++entry_) {
        const TraceEntry& trace = (*traces)[entry_];
        line_ = trace.line;
        spec_.traces.push_back({links_of(trace.choice), trace.file, parse_rate("1" + trace.unit),
                                trace.at, trace.loop});
      }
    }
    if (const auto* flows = settings_.find<std::vector<BackgroundEntry>>(kBackground)) {
      for (key_ = kBackground, entry_ = 0; entry_ < flows->size(); ++entry_) add((*flows)[entry_]);
    }
    return std::move(spec_);
  }

 private:
  void refuse(const std::string& text) const {
    settings_.problem_at(line_, key_, fmt::format("entry {}: {}", entry_ + 1, text));
  }

  template <typename Known>
  const Known* find(const std::map<std::string, Known>& known, const std::string& name,
                    const char* what) const {
    const auto found = known.find(name);
    if (found != known.end()) return &found->second;
    std::vector<std::string> all;
    all.reserve(known.size());
    for (const auto& [each, value] : known) all.push_back(each);
    const auto meant = nearest_name(name, all);
    refuse(fmt::format("{:.140} is unknown;{} allowed: names of {}, as {}", name,
                       meant ? fmt::format(" did you mean '{}'?", *meant) : "", what,
                       all.empty() ? "" : all.front()));
    return nullptr;
  }

  std::vector<LinkIndex> links_of(const LinkChoice& choice) const {
    std::set<LinkIndex> links;
    const auto add = [&links](const std::vector<LinkIndex>* some) {
      if (some != nullptr) links.insert(some->begin(), some->end());
    };
    for (const std::string& name : choice.links) add(find(names_.links(), name, "links"));
    for (const std::string& name : choice.cables) add(find(names_.cables(), name, "links"));
    for (const std::string& name : choice.hosts) {
      const Rank* host = find(names_.hosts(), name, "hosts");
      if (host != nullptr) add(&names_.links_of(*host));
    }
    return {links.begin(), links.end()};
  }

  void add(const EventEntry& entry) {
    line_ = entry.line;
    NetworkEvent event{entry.at, entry.every, RestoreAll{}};
    if (entry.action == "set") {
      event.action = SetLinks{
          links_of(entry.choice),
          {entry.change.bandwidth, entry.change.latency, entry.change.jitter, entry.change.loss}};
    } else if (entry.action == "cut" || entry.action == "flap") {
      event.action = CutLinks{links_of(entry.choice), entry.length};
    } else if (entry.action == "restore") {
      if (!entry.choice.is_empty()) event.action = RestoreLinks{links_of(entry.choice)};
    } else if (entry.action == "partition") {
      event.action = Partition{groups_of(entry), entry.length};
    } else if (entry.action == "leave") {
      const Rank* host = find(names_.hosts(), entry.choice.hosts.front(), "hosts");
      if (host == nullptr) return;
      if (!left_.insert(*host).second) refuse("this host leaves twice; allowed: once");
      event.action = Leave{*host};
    } else if (entry.at > Duration{}) {
      // A host that joins is cut off until then.
      event = {Duration{}, {}, CutLinks{links_of(entry.choice), entry.at}};
    } else {
      return;
    }
    spec_.events.push_back(std::move(event));
  }

  // Hosts that are not listed are one more group.
  std::vector<int> groups_of(const EventEntry& entry) const {
    std::vector<int> group_of(names_.hosts().size(), 0);
    for (std::size_t group = 0; group < entry.groups.size(); ++group) {
      for (const std::string& name : entry.groups[group]) {
        const Rank* host = find(names_.hosts(), name, "hosts");
        if (host == nullptr) continue;
        int& of_host = group_of[static_cast<std::size_t>(*host)];
        if (of_host != 0) refuse(fmt::format("{} is in two groups; allowed: one", name));
        of_host = static_cast<int>(group) + 1;
      }
    }
    return group_of;
  }

  void add(const BackgroundEntry& entry) {
    line_ = entry.line;
    const Rank* from = find(names_.hosts(), entry.from, "hosts");
    const Rank* to = find(names_.hosts(), entry.to, "hosts");
    if (from == nullptr || to == nullptr) return;
    if (*from == *to) {
      refuse("goes from a host to itself; allowed: two hosts");
      return;
    }
    BackgroundFlow flow{*from, *to, entry.rate, entry.at, entry.length, SteadyTraffic{}, 1};
    if (entry.kind == "on-off")
      flow.traffic = OnOffTraffic{*entry.on, *entry.off, entry.exponential};
    if (entry.kind == "poisson") flow.traffic = PoissonTraffic{*entry.every, entry.sizes};
    flow.weight = static_cast<int>(entry.weight);
    spec_.background.push_back(std::move(flow));
  }

  const PointSettings& settings_;
  const Names names_;
  std::set<Rank> left_;
  DynamicsSpec spec_;
  // Of the entry that is being read.
  std::string_view key_;
  std::size_t entry_ = 0;
  int line_ = 0;
};

}  // namespace

DynamicsSpec build_dynamics(const PointSettings& settings, const Scenario::Network& network) {
  const bool any = std::ranges::any_of(std::array{kEvents, kTraces, kBackground},
                                       [&](auto key) { return settings.given(key); });
  // The links of a network that is refused are not looked for.
  if (!any || settings.has_problems()) return {};
  return DynamicsBuilder(settings, network).build();
}

}  // namespace gradwire
