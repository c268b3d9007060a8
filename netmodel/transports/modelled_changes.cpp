// What can change about the modelled network while messages are under way, and traffic that is no
// message.
#include <algorithm>

#include "netmodel/check.hpp"
#include "netmodel/transports/modelled_network.hpp"

namespace gradwire {

ModelledNetwork::LinkState& ModelledNetwork::state_of(LinkIndex link) {
  if (!changing_) {
    changing_ = std::make_shared<ChangingTopology>(topology_);
    topology_ = changing_;
    for (const Link& each : topology_->links()) link_states_.push_back({each.rate});
  }
  return link_states_.at(link);
}

void ModelledNetwork::apply(LinkIndex link) {
  const LinkState& state = state_of(link);
  engine_.set_capacity(link, state.cut ? 0 : state.rate.count);
}

void ModelledNetwork::change_link(LinkIndex link, const LinkChange& change) {
  LinkState& state = state_of(link);
  changing_->change(link, change);
  if (change.rate) {
    state.rate = *change.rate;
    buckets_.set_rate(link, topology_->links()[link].rate, clock_.now());
    apply(link);
  }
  for (auto& ways : connections_) {
    for (auto& way : ways) {
      if (std::ranges::find(way->route, link) == way->route.end()) continue;
      connection_maker().update(*way);
      if (way->flowing) engine_.set_cap(way->flow, std::min(way->cap, way->part_cap));
    }
  }
}

void ModelledNetwork::cut(LinkIndex link) {
  state_of(link).cut = true;
  apply(link);
  if (recorder_ != nullptr) note_flows();
}

void ModelledNetwork::restore(LinkIndex link) {
  state_of(link).cut = false;
  apply(link);
}

void ModelledNetwork::restore_all() {
  for (LinkIndex link = 0; link < link_states_.size(); ++link) {
    if (link_states_[link].cut) restore(link);
  }
  divide({});
}

void ModelledNetwork::divide(std::vector<int> group_of) {
  CHECK(group_of.empty() || std::ssize(group_of) == size(), "{} groups", group_of.size());
  group_of_ = std::move(group_of);
  for (auto& ways : connections_) {
    for (auto& way : ways) {
      if (way->flowing) hold_or_release(way->flow, way->from, way->to);
    }
  }
  for (const auto& [name, each] : background_) hold_or_release(each.flow, each.from, each.to);
  if (recorder_ != nullptr) note_flows();
}

bool ModelledNetwork::divides(Rank from, Rank to) const {
  return !group_of_.empty() &&
         group_of_[static_cast<std::size_t>(from)] != group_of_[static_cast<std::size_t>(to)];
}

void ModelledNetwork::hold_or_release(FlowId flow, Rank from, Rank to) {
  if (divides(from, to)) {
    engine_.hold(flow);
  } else {
    engine_.release(flow);
  }
}

bool ModelledNetwork::is_interrupted() const {
  return !group_of_.empty() || std::ranges::any_of(link_states_, [](const LinkState& state) {
    return state.cut || state.rate.count == 0;
  });
}

std::uint64_t ModelledNetwork::start_background(Rank from, Rank to, std::int64_t bits,
                                                MicroRate cap, Action done) {
  const Route route = topology_->route(from, to);  // a LinkIndex is a ResourceId
  const std::uint64_t name = next_background_++;
  const FlowId flow =
      engine_.start(route, bits, cap,
                    {[](void* network, std::uint64_t which) {
                       static_cast<ModelledNetwork*>(network)->background_ended(which);
                     },
                     this, name});
  background_.emplace(name, Background{flow, from, to, done});
  if (divides(from, to)) engine_.hold(flow);
  return name;
}

void ModelledNetwork::background_ended(std::uint64_t name) {
  const Action done = background_.at(name).done;
  background_.erase(name);
  done();
}

void ModelledNetwork::stop_background(std::uint64_t name) {
  engine_.cancel(background_.at(name).flow);
  background_.erase(name);
}

bool ModelledNetwork::is_alive(std::size_t others) const {
  if (clock_.pending() > others + engine_.end_events()) return true;
  return std::ranges::any_of(connections_, [this](const auto& ways) {
    return std::ranges::any_of(
        ways, [this](const auto& way) { return way->flowing && engine_.rate(way->flow) > 0; });
  });
}

}  // namespace gradwire
