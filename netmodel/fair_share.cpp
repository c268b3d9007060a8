#include "netmodel/fair_share.hpp"

#include <algorithm>

#include "netmodel/check.hpp"

namespace gradwire {

ResourceId FairShare::add_resource(MicroRate capacity) {
  CHECK(capacity > 0, "capacity={}", capacity);
  resources_.push_back({});
  resources_.back().capacity = capacity;
  return static_cast<ResourceId>(resources_.size() - 1);
}

FlowId FairShare::add_flow(std::span<const ResourceId> route, MicroRate cap) {
  CHECK(cap > 0, "cap={}", cap);
  CHECK(!route.empty(), "a flow uses at least one resource");
  FlowId id = 0;
  if (free_flows_.empty()) {
    id = static_cast<FlowId>(flows_.size());
    flows_.emplace_back();
  } else {
    id = free_flows_.back();
    free_flows_.pop_back();
  }
  Flow& flow = flows_[id];
  flow.cap = cap;
  flow.rate = 0;
  flow.route.clear();
  for (const ResourceId resource : route) {
    std::vector<Member>& members = resources_[resource].flows;
    flow.route.push_back({resource, static_cast<std::uint32_t>(members.size())});
    members.push_back({id, static_cast<std::uint32_t>(flow.route.size() - 1)});
    mark_dirty(resource);
  }
  return id;
}

void FairShare::remove_flow(FlowId id) {
  Flow& flow = flows_[id];
  for (const Use& use : flow.route) {
    std::vector<Member>& members = resources_[use.resource].flows;
    const Member moved = members.back();
    members[use.place] = moved;
    flows_[moved.flow].route[moved.use].place = use.place;
    members.pop_back();
    mark_dirty(use.resource);
  }
  flow.route.clear();
  free_flows_.push_back(id);
}

void FairShare::set_cap(FlowId id, MicroRate cap) {
  CHECK(cap > 0, "cap={}", cap);
  Flow& flow = flows_[id];
  // A flow that is held elsewhere, and still would be, leaves all rates as they are. A cap that is
  // just met counts as binding: it is rounded otherwise than a share.
  const bool binds = flow.rate >= std::min(flow.cap, cap);
  flow.cap = cap;
  if (!binds) return;
  for (const Use& use : flow.route) mark_dirty(use.resource);
}

void FairShare::set_capacity(ResourceId id, MicroRate capacity) {
  CHECK(capacity >= 0, "capacity={}", capacity);
  if (resources_[id].capacity == capacity) return;
  resources_[id].capacity = capacity;
  mark_dirty(id);
}

void FairShare::mark_dirty(ResourceId resource) {
  if (resources_[resource].dirty) return;
  resources_[resource].dirty = true;
  dirty_.push_back(resource);
}

void FairShare::solve(std::vector<Change>& changes) {
  reached_resources_.clear();
  reached_flows_.clear();
  for (const ResourceId id : dirty_) {
    resources_[id].dirty = false;
    if (resources_[id].reached) continue;
    const std::size_t first = reached_resources_.size();
    reach(id);
    fill(std::span(reached_resources_).subspan(first));
  }
  dirty_.clear();
  for (const FlowId id : reached_flows_) {
    Flow& flow = flows_[id];
    flow.reached = false;
    if (flow.fixed_rate != flow.rate) {
      changes.push_back({id, flow.rate});
      flow.rate = flow.fixed_rate;
    }
  }
  for (const ResourceId id : reached_resources_) resources_[id].reached = false;
}

// Collects the component of a resource: what is connected to it through flows, and those flows.
void FairShare::reach(ResourceId start) {
  const auto reach_resource = [this](ResourceId id) {
    Resource& resource = resources_[id];
    if (resource.reached) return;
    resource.reached = true;
    resource.left = resource.capacity;
    resource.unfixed = static_cast<std::int64_t>(resource.flows.size());
    reached_resources_.push_back(id);
  };
  capped_flows_.clear();
  std::size_t next = reached_resources_.size();
  reach_resource(start);
  for (; next < reached_resources_.size(); ++next) {
    for (const Member& member : resources_[reached_resources_[next]].flows) {
      Flow& flow = flows_[member.flow];
      if (flow.reached) continue;
      flow.reached = true;
      flow.fixed = false;
      reached_flows_.push_back(member.flow);
      if (flow.cap != kNoCap) capped_flows_.push_back(member.flow);
      for (const Use& use : flow.route) reach_resource(use.resource);
    }
  }
}

// Progressive filling: raises all rates together; whoever meets a limit first is fixed there.
//
// Fixing flows at rates up to the smallest share of all resources never lowers a share, rounding
// included: (left - rate) / (unfixed - 1) >= left / unfixed. So an entry of the heap may be out of
// date, but is never too large, and what is fixed together may be fixed in any order.
void FairShare::fill(std::span<const ResourceId> component) {
  std::sort(capped_flows_.begin(), capped_flows_.end(),
            [this](FlowId a, FlowId b) { return flows_[a].cap < flows_[b].cap; });
  next_capped_ = 0;
  shares_.clear();
  for (const ResourceId id : component) {
    if (resources_[id].unfixed > 0) shares_.push_back({current_share(id), id});
  }
  std::make_heap(shares_.begin(), shares_.end());
  for (;;) {
    update_smallest_share();
    if (shares_.empty()) return;
    const MicroRate share = shares_.front().share;
    if (!fix_capped_flows(share)) fix_flows_of_used_up_resources(share);
  }
}

// Fixes the flows whose cap the share does not exceed; false when there are none.
bool FairShare::fix_capped_flows(MicroRate share) {
  bool any = false;
  for (; next_capped_ < capped_flows_.size(); ++next_capped_) {
    const FlowId id = capped_flows_[next_capped_];
    if (flows_[id].fixed) continue;
    if (flows_[id].cap > share) break;
    fix(id, flows_[id].cap);
    any = true;
  }
  return any;
}

// Fixes the flows of every resource that has this share, the smallest, left. Which resources those
// are is settled first: when some of their flows are fixed at a rounded share, the remainder raises
// the share of the others.
void FairShare::fix_flows_of_used_up_resources(MicroRate share) {
  used_up_.clear();
  while (!shares_.empty() && shares_.front().share == share) {
    const ResourceId id = pop_share();
    if (resources_[id].unfixed == 0) continue;
    if (current_share(id) == share) {
      used_up_.push_back(id);
    } else {
      push_share(id);
    }
  }
  for (const ResourceId id : used_up_) {
    for (const Member& member : resources_[id].flows) {
      if (!flows_[member.flow].fixed) fix(member.flow, share);
    }
  }
}

void FairShare::fix(FlowId id, MicroRate rate) {
  Flow& flow = flows_[id];
  flow.fixed = true;
  flow.fixed_rate = rate;
  for (const Use& use : flow.route) {
    resources_[use.resource].left -= rate;
    resources_[use.resource].unfixed -= 1;
  }
}

MicroRate FairShare::current_share(ResourceId id) const {
  return resources_[id].left / resources_[id].unfixed;
}

// Brings the top of the heap up to date.
void FairShare::update_smallest_share() {
  while (!shares_.empty()) {
    const ResourceId id = shares_.front().resource;
    const bool in_use = resources_[id].unfixed > 0;
    if (in_use && current_share(id) == shares_.front().share) return;
    pop_share();
    if (in_use) push_share(id);
  }
}

void FairShare::push_share(ResourceId id) {
  shares_.push_back({current_share(id), id});
  std::push_heap(shares_.begin(), shares_.end());
}

ResourceId FairShare::pop_share() {
  std::pop_heap(shares_.begin(), shares_.end());
  const ResourceId id = shares_.back().resource;
  shares_.pop_back();
  return id;
}

}  // namespace gradwire
