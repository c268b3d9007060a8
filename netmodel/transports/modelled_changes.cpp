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

void ModelledNetwork::set_capacity(LinkIndex link) {
  std::int64_t rate = topology_->links()[link].rate.count;
  if (!link_states_.empty()) rate = link_states_[link].cut ? 0 : link_states_[link].rate.count;
  if (acks_ && rate > 0)
    rate = std::max<std::int64_t>(1, acks_->left_of(link, rate, topology_->links()));
  engine_.set_capacity(link, rate);
}

void ModelledNetwork::change_link(LinkIndex link, const LinkChange& change) {
  LinkState& state = state_of(link);
  changing_->change(link, change);
  if (change.rate) {
    state.rate = *change.rate;
    buckets_.set_rate(link, topology_->links()[link].rate, clock_.now());
    set_capacity(link);
    if (acks_) {
      acks_changed_.clear();
      acks_->concerned_by(link, acks_changed_);
      for (const LinkIndex other : acks_changed_) set_capacity(other);
    }
  }
  for (auto& ways : connections_) {
    for (auto& way : ways) {
      if (std::ranges::find(way->route, link) == way->route.end()) continue;
      connection_maker().update(*way);
      if (acks_) acknowledge_at_new_rate(*way);
      if (way->flowing) engine_.set_cap(way->flow, way->cap_now());
    }
  }
}

void ModelledNetwork::cut(LinkIndex link) {
  state_of(link).cut = true;
  set_capacity(link);
  if (recorder_ != nullptr) note_flows();
}

void ModelledNetwork::restore(LinkIndex link) {
  state_of(link).cut = false;
  set_capacity(link);
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
                                                MicroRate cap, Action done, int weight) {
  const Route route = topology_->route(from, to);  // a LinkIndex is a ResourceId
  const std::uint64_t name = next_background_++;
  const FlowId flow =
      engine_.start(route, bits, cap,
                    {[](void* network, std::uint64_t which) {
                       static_cast<ModelledNetwork*>(network)->background_ended(which);
                     },
                     this, name},
                    weight);
  Background& background =
      background_.emplace(name, Background{flow, from, to, done, {}, {}}).first->second;
  if (acks_) {
    background.rate = {cap / kMicro};
    for (const LinkIndex link : route) {
      background.rate = std::min(background.rate, topology_->links()[link].rate);
    }
    background.back = topology_->route(to, from);
    begin_acknowledging(route, background.back, background.rate);
  }
  if (divides(from, to)) engine_.hold(flow);
  return name;
}

void ModelledNetwork::background_ended(std::uint64_t name) {
  const Background over = background_.at(name);
  const Action done = over.done;
  background_.erase(name);
  if (acks_) end_acknowledging(over.back, over.rate);
  done();
}

void ModelledNetwork::stop_background(std::uint64_t name) {
  const Background over = background_.at(name);
  engine_.cancel(over.flow);
  background_.erase(name);
  if (acks_) end_acknowledging(over.back, over.rate);
}

bool ModelledNetwork::is_alive(std::size_t others) const {
  if (clock_.pending() > others + engine_.end_events() + acks_ending_) return true;
  return std::ranges::any_of(connections_, [this](const auto& ways) {
    return std::ranges::any_of(
        ways, [this](const auto& way) { return way->flowing && engine_.rate(way->flow) > 0; });
  });
}

}  // namespace gradwire
