#include "netmodel/fair_share.hpp"

#include <algorithm>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {

ResourceId FairShare::add_resource(MicroRate capacity) {
  CHECK(capacity > 0, "capacity={}", capacity);
  resources_.emplace_back();
  resources_.back().capacity = capacity;
  return static_cast<ResourceId>(resources_.size() - 1);
}

void FairShare::set_capacity(ResourceId id, MicroRate capacity) {
  CHECK(capacity >= 0, "capacity={}", capacity);
  if (resources_[id].capacity == capacity) return;
  resources_[id].capacity = capacity;
  mark_dirty(id);
}

FlowId FairShare::add_flow(std::span<const ResourceId> route, MicroRate cap, std::int32_t weight) {
  const FlowId id = take_up(route, cap, weight);
  for (const ResourceId resource : route) mark_dirty(resource);
  mark_pending(id);
  return id;
}

bool FairShare::are_free(std::span<const ResourceId> route) const {
  return std::ranges::all_of(route, [this](ResourceId id) {
    const Resource& resource = resources_[id];
    return resource.flows.empty() && !resource.contended && !resource.dirty;
  });
}

FlowId FairShare::add_lone_flow(std::span<const ResourceId> route, MicroRate cap,
                                std::int32_t weight) {
  const FlowId id = take_up(route, cap, weight);
  Flow& flow = flows_[id];
  flow.limit = lone_rate(route, cap, weight);
  flow.rate = flow.limit;
  return id;
}

MicroRate FairShare::lone_rate(std::span<const ResourceId> route, MicroRate cap,
                               std::int32_t weight) const {
  MicroRate rate = cap;
  for (const ResourceId id : route) rate = std::min(rate, resources_[id].capacity);
  return rounded(rate, weight);
}

bool FairShare::is_alone(FlowId id) const {
  return std::ranges::all_of(flows_[id].route, [this](const Use& use) {
    const Resource& resource = resources_[use.resource];
    return resource.flows.size() == 1 && !resource.contended && !resource.dirty;
  });
}

FlowId FairShare::take_up(std::span<const ResourceId> route, MicroRate cap, std::int32_t weight) {
  CHECK(cap > 0 && weight > 0, "cap={} weight={}", cap, weight);
  CHECK(!route.empty(), "a flow uses at least one resource");
  FlowId id = 0;
  if (free_flows_.empty()) {
    id = static_cast<FlowId>(flows_.size());
    flows_.emplace_back();
    free_flows_.reserve(flows_.capacity());
  } else {
    id = free_flows_.back();
    free_flows_.pop_back();
  }
  Flow& flow = flows_[id];
  flow.cap = cap;
  flow.rate = 0;
  flow.weight = weight;
  for (const ResourceId resource : route) {
    auto& members = resources_[resource].flows;
    flow.route.push_back({resource, static_cast<std::uint32_t>(members.size())});
    members.push_back({id, static_cast<std::uint32_t>(flow.route.size() - 1)});
  }
  return id;
}

void FairShare::remove_flow(FlowId id) {
  Flow& flow = flows_[id];
  for (const Use& use : flow.route) {
    auto& members = resources_[use.resource].flows;
    const Member moved = members.back();
    members[use.place] = moved;
    flows_[moved.flow].route[moved.use].place = use.place;
    members.pop_back();
    // Of a resource that it had for itself nobody else's rate depends.
    if (resources_[use.resource].contended) mark_dirty(use.resource);
  }
  if (flow.bundle != kNoBundle) leave(id);
  flow.route.clear();
  flow.paced_by = kNoBundle;
  free_flows_.push_back(id);
}

void FairShare::set_cap(FlowId id, MicroRate cap) {
  CHECK(cap >= 0, "cap={}", cap);
  Flow& flow = flows_[id];
  if (flow.cap == cap) return;
  const bool rides_on = flow.rides && flow.paced_by != kNoBundle && flow.paced_by == flow.bundle &&
                        !flow.pending && flow.limit > bundles_[flow.bundle].level;
  flow.cap = cap;
  const MicroRate limit = limit_of(flow);
  // A limit that is just met counts as binding: it is rounded otherwise than a share.
  if (rides_on && limit > bundles_[flow.bundle].level) {
    stop(id);
    flow.limit = limit;
    ride(id);
  } else {
    mark_pending(id);
  }
}

// A whole number for each weight: riders get one too, and where those of several weights are close
// to their limits it does not matter who is looked at first.
MicroRate FairShare::rounded(MicroRate limit, std::int32_t weight) {
  return limit == kNoCap ? kNoCap : limit / weight * weight;
}

// By the capacities of the resources that it uses alone.
MicroRate FairShare::limit_of(const Flow& flow) const {
  MicroRate limit = flow.cap;
  for (const Use& use : flow.route) {
    const Resource& resource = resources_[use.resource];
    if (!resource.contended) limit = std::min(limit, resource.capacity);
  }
  return rounded(limit, flow.weight);
}

std::optional<ResourceId> FairShare::limiter(FlowId id) const {
  const Flow& flow = flows_[id];
  if (flow.paced_by != kNoBundle) return bundles_[flow.paced_by].used_up;
  if (flow.limit == rounded(flow.cap, flow.weight)) return std::nullopt;
  for (const Use& use : flow.route) {
    const Resource& resource = resources_[use.resource];
    if (!resource.contended && rounded(resource.capacity, flow.weight) == flow.limit) {
      return use.resource;
    }
  }
  CHECK(false, "a limit of {} that nothing sets", flow.limit);
}

void FairShare::mark_dirty(ResourceId resource) {
  if (resources_[resource].dirty) return;
  resources_[resource].dirty = true;
  dirty_.push_back(resource);
}

void FairShare::mark_pending(FlowId flow) {
  if (flows_[flow].pending) return;
  flows_[flow].pending = true;
  pending_.push_back(flow);
}

void FairShare::touch(FlowId flow) {
  if (flows_[flow].touched) return;
  flows_[flow].touched = true;
  touched_.push_back(flow);
}

void FairShare::solve(Changes& changes) {
  find_contended();
  bundle_pending();
  for (const ResourceId id : starts_) {
    if (resources_[id].reached) continue;
    reach(id);
    fill();
  }
  report(changes);
}

// Which resources are used by several flows, and which flows have to be bundled anew since that, or
// the capacity of a resource used alone, has changed.
void FairShare::find_contended() {
  for (const ResourceId id : dirty_) {
    Resource& resource = resources_[id];
    resource.dirty = false;
    const bool contended = resource.flows.size() > 1;
    if (!contended || !resource.contended) {
      for (const Member& member : resource.flows) mark_pending(member.flow);
    }
    resource.contended = contended;
    if (!contended) continue;
    starts_.push_back(id);
    if (resource.contention != kNoContention) continue;
    resource.contention = static_cast<std::uint32_t>(contentions_.size());
    contentions_.emplace_back();
  }
  dirty_.clear();
}

void FairShare::bundle_pending() {
  for (const FlowId id : pending_) {
    Flow& flow = flows_[id];
    if (!flow.pending) continue;
    flow.pending = false;
    if (flow.route.empty()) continue;
    contended_.clear();
    for (const Use& use : flow.route) {
      if (resources_[use.resource].contended) contended_.push_back(use.resource);
    }
    touch(id);
    if (flow.bundle != kNoBundle) leave(id);
    flow.limit = limit_of(flow);
    if (contended_.empty()) continue;
    // Every flow joins as a rider; the filling holds those that their limits hold.
    flow.bundle = bundle_over(contended_, flow.weight);
    ride(id);
    starts_.push_back(contended_.front());
  }
  pending_.clear();
}

void FairShare::leave(FlowId id) {
  Flow& flow = flows_[id];
  Bundle& bundle = bundles_[flow.bundle];
  stop(id);
  const BundleId left = std::exchange(flow.bundle, kNoBundle);
  if (bundle.riders == 0 && bundle.held.empty()) dissolve(left);
}

// Takes a flow out of the bundle's accounts.
void FairShare::stop(FlowId id) {
  Flow& flow = flows_[id];
  Bundle& bundle = bundles_[flow.bundle];
  if (!flow.rides) {
    bundle.held.remove(id, falling());
    bundle.held_rate -= flow.limit;
    return;
  }
  if (flow.limit != kNoCap) bundle.limited.remove(id, rising());
  bundle.riders -= 1;
}

void FairShare::ride(FlowId id) {
  Flow& flow = flows_[id];
  Bundle& bundle = bundles_[flow.bundle];
  flow.rides = true;
  bundle.riders += 1;
  if (flow.limit != kNoCap) bundle.limited.push(id, rising());
}

void FairShare::hold(FlowId id) {
  Flow& flow = flows_[id];
  Bundle& bundle = bundles_[flow.bundle];
  flow.rides = false;
  bundle.held_rate += flow.limit;
  bundle.held.push(id, falling());
}

BundleId FairShare::bundle_over(const Contended& resources, std::int32_t weight) {
  if (table_.size() < 2 * (bundles_.size() + 1)) grow_table();
  BundleId& first = table_[slot_of(resources, weight)];
  for (BundleId id = first; id != kNoBundle; id = bundles_[id].next) {
    if (bundles_[id].weight == weight && bundles_[id].resources == resources) return id;
  }
  BundleId id = 0;
  if (free_bundles_.empty()) {
    id = static_cast<BundleId>(bundles_.size());
    bundles_.emplace_back();
    free_bundles_.reserve(bundles_.capacity());
  } else {
    id = free_bundles_.back();
    free_bundles_.pop_back();
  }
  Bundle& bundle = bundles_[id];
  bundle.resources = resources;
  bundle.weight = weight;
  bundle.next = std::exchange(first, id);
  for (const ResourceId resource : resources) {
    auto& bundles = contention_of(resource).bundles;
    bundle.places.push_back(static_cast<std::uint32_t>(bundles.size()));
    bundles.push_back(id);
  }
  return id;
}

// The level stays: whoever has been told of it is told of the next one only if that differs.
void FairShare::dissolve(BundleId id) {
  Bundle& bundle = bundles_[id];
  for (std::size_t i = 0; i < bundle.resources.size(); ++i) {
    const ResourceId resource = bundle.resources[i];
    auto& bundles = contention_of(resource).bundles;
    const std::uint32_t place = bundle.places[i];
    Bundle& moved = bundles_[bundles.back()];
    bundles[place] = bundles.back();
    bundles.pop_back();
    const auto use = std::find(moved.resources.begin(), moved.resources.end(), resource);
    moved.places[static_cast<std::size_t>(use - moved.resources.begin())] = place;
  }
  BundleId* link = &table_[slot_of(bundle.resources, bundle.weight)];
  while (*link != id) link = &bundles_[*link].next;
  *link = bundle.next;
  bundle.resources.clear();
  bundle.places.clear();
  free_bundles_.push_back(id);
}

void FairShare::grow_table() {
  table_.assign(std::max<std::size_t>(16, 4 * (bundles_.size() + 1)), kNoBundle);
  for (BundleId id = 0; id < bundles_.size(); ++id) {
    Bundle& bundle = bundles_[id];
    if (bundle.resources.empty()) continue;
    bundle.next = std::exchange(table_[slot_of(bundle.resources, bundle.weight)], id);
  }
}

// FNV-1a over the numbers (Fowler, Noll, Vo; draft-eastlake-fnv).
std::size_t FairShare::slot_of(const Contended& resources, std::int32_t weight) const {
  constexpr std::uint64_t kPrime = 0x100000001b3ULL;
  std::uint64_t hash = (0xcbf29ce484222325ULL ^ static_cast<std::uint64_t>(weight)) * kPrime;
  for (const ResourceId resource : resources) hash = (hash ^ resource) * kPrime;
  return static_cast<std::size_t>(hash % table_.size());
}

}  // namespace gradwire
