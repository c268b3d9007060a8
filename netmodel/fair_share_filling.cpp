#include "netmodel/fair_share.hpp"

#include <algorithm>

#include "netmodel/check.hpp"

namespace gradwire {

// Collects what is connected to a resource through bundles.
void FairShare::reach(ResourceId start) {
  reached_resources_.assign(1, start);
  reached_bundles_.clear();
  resources_[start].reached = true;
  for (std::size_t next = 0; next < reached_resources_.size(); ++next) {
    for (const BundleId id : contention_of(reached_resources_[next]).bundles) {
      Bundle& bundle = bundles_[id];
      if (bundle.reached) continue;
      bundle.reached = true;
      reached_bundles_.push_back(id);
      for (const ResourceId resource : bundle.resources) {
        if (resources_[resource].reached) continue;
        resources_[resource].reached = true;
        reached_resources_.push_back(resource);
      }
    }
  }
  all_reached_resources_.insert(all_reached_resources_.end(), reached_resources_.begin(),
                                reached_resources_.end());
  all_reached_bundles_.insert(all_reached_bundles_.end(), reached_bundles_.begin(),
                              reached_bundles_.end());
}

// Progressive filling: raises the rates of all riders together; who meets a limit first is fixed
// there.
//
// The flows that were held before are taken to be held still. That is right if no resource of
// theirs is used up at a level below their limits; those of which it is wrong ride in the next
// attempt. After two attempts everybody rides, which cannot be wrong.
//
// Fixing at rates up to the smallest share of all resources never lowers a share, rounding
// included: (left - w rate) / (unfixed - w) >= left / unfixed. So an entry of the heap may be out
// of date, but is never too large, and what is fixed together may be fixed in any order.
void FairShare::fill() {
  for (int attempt = 0;; ++attempt) {
    CHECK(attempt < 4, "the filling does not settle");
    prepare_filling();
    for (;;) {
      update_smallest_share();
      const MicroRate share = shares_.empty() ? kNoCap : shares_.front().rate;
      if (hold_limited(share)) continue;
      if (shares_.empty()) break;
      fix_riders_of_used_up(share);
    }
    if (!release_held(attempt < 2)) return;
  }
}

void FairShare::prepare_filling() {
  filling_.clear();
  for (const ResourceId id : reached_resources_) {
    contention_of(id).filling = static_cast<std::uint32_t>(filling_.size());
    filling_.push_back({resources_[id].capacity, 0, kNoCap});
  }
  limits_.clear();
  for (const BundleId id : reached_bundles_) {
    Bundle& bundle = bundles_[id];
    bundle.fixed = false;
    bundle.new_level = bundle.level;
    for (const ResourceId resource : bundle.resources) {
      filling_of(resource).left -= bundle.held_rate;
      filling_of(resource).unfixed += bundle.riders * bundle.weight;
    }
    if (!bundle.limited.empty()) limits_.push_back(threshold_of(id));
  }
  std::make_heap(limits_.begin(), limits_.end());
  shares_.clear();
  for (const ResourceId id : reached_resources_) {
    if (filling_of(id).unfixed > 0) shares_.push_back({share_of(id), id});
    if (filling_of(id).left < 0) filling_of(id).level = share_of(id);
  }
  std::make_heap(shares_.begin(), shares_.end());
}

// The smallest share at which the rider with the smallest limit is held by it.
FairShare::Threshold FairShare::threshold_of(BundleId id) const {
  const Bundle& bundle = bundles_[id];
  return {flows_[bundle.limited.top()].limit / bundle.weight, id};
}

// Holds the rider with the smallest limit, if the share is no less; false if there is none.
bool FairShare::hold_limited(MicroRate share) {
  while (!limits_.empty() && limits_.front().rate <= share) {
    std::pop_heap(limits_.begin(), limits_.end());
    const BundleId id = limits_.back().id;
    limits_.pop_back();
    Bundle& bundle = bundles_[id];
    if (bundle.fixed) continue;
    const FlowId flow = bundle.limited.top();
    const MicroRate limit = flows_[flow].limit;
    stop(flow);
    hold(flow);
    touch(flow);
    for (const ResourceId resource : bundle.resources) {
      filling_of(resource).left -= limit;
      filling_of(resource).unfixed -= bundle.weight;
    }
    if (!bundle.limited.empty()) {
      limits_.push_back(threshold_of(id));
      std::push_heap(limits_.begin(), limits_.end());
    }
    return true;
  }
  return false;
}

// Fixes the riders of every resource that has this share, the smallest, left. Which resources those
// are is settled first: when some of their riders are fixed at a rounded share, the remainder
// raises the share of the others.
void FairShare::fix_riders_of_used_up(MicroRate share) {
  used_up_.clear();
  while (!shares_.empty() && shares_.front().rate == share) {
    const ResourceId id = shares_.front().id;
    std::pop_heap(shares_.begin(), shares_.end());
    shares_.pop_back();
    if (filling_of(id).unfixed == 0) continue;
    if (share_of(id) == share) {
      used_up_.push_back(id);
    } else {
      shares_.push_back({share_of(id), id});
      std::push_heap(shares_.begin(), shares_.end());
    }
  }
  for (const ResourceId id : used_up_) {
    filling_of(id).level = share;
    for (const BundleId bundle : contention_of(id).bundles) {
      if (bundles_[bundle].fixed) continue;
      bundles_[bundle].used_up = id;
      fix(bundles_[bundle], share);
    }
  }
}

void FairShare::fix(Bundle& bundle, MicroRate share) {
  if (bundle.riders == 0) return;
  bundle.fixed = true;
  bundle.new_level = share * bundle.weight;
  for (const ResourceId resource : bundle.resources) {
    filling_of(resource).left -= bundle.new_level * bundle.riders;
    filling_of(resource).unfixed -= bundle.riders * bundle.weight;
  }
}

// Lets those ride that were held at more than their resources leave them (or, unless `only_those`,
// everybody who was held beside them); true if there are any.
bool FairShare::release_held(bool only_those) {
  bool any = false;
  for (const BundleId id : reached_bundles_) {
    Bundle& bundle = bundles_[id];
    MicroRate level = kNoCap;
    for (const ResourceId resource : bundle.resources) {
      level = std::min(level, filling_of(resource).level);
    }
    if (level < kNoCap / bundle.weight) level *= bundle.weight;
    while (!bundle.held.empty() && flows_[bundle.held.top()].limit > level) {
      any = true;
      const FlowId flow = bundle.held.top();
      stop(flow);
      ride(flow);
      touch(flow);
    }
  }
  if (!any || only_those) return any;
  for (const BundleId id : reached_bundles_) {
    while (!bundles_[id].held.empty()) {
      const FlowId flow = bundles_[id].held.top();
      stop(flow);
      ride(flow);
      touch(flow);
    }
  }
  return true;
}

// Negative if what is held already takes more than there is.
MicroRate FairShare::share_of(ResourceId id) {
  const Filling& filling = filling_of(id);
  return filling.left < 0 ? -1 : filling.left / filling.unfixed;
}

// Brings the top of the heap up to date.
void FairShare::update_smallest_share() {
  while (!shares_.empty()) {
    const ResourceId id = shares_.front().id;
    const bool in_use = filling_of(id).unfixed > 0;
    if (in_use && share_of(id) == shares_.front().rate) return;
    std::pop_heap(shares_.begin(), shares_.end());
    shares_.pop_back();
    if (!in_use) continue;
    shares_.push_back({share_of(id), id});
    std::push_heap(shares_.begin(), shares_.end());
  }
}

void FairShare::report(Changes& changes) {
  for (const ResourceId id : all_reached_resources_) resources_[id].reached = false;
  for (const BundleId id : all_reached_bundles_) {
    Bundle& bundle = bundles_[id];
    bundle.reached = false;
    if (bundle.new_level == bundle.level) continue;
    bundle.level = bundle.new_level;
    changes.bundles.push_back(id);
  }
  for (const FlowId id : touched_) {
    Flow& flow = flows_[id];
    flow.touched = false;
    const bool rides = flow.bundle != kNoBundle && flow.rides;
    const BundleId paced_by = rides ? flow.bundle : kNoBundle;
    const MicroRate rate = rides ? 0 : flow.limit;
    if (flow.paced_by == paced_by && flow.rate == rate) continue;
    flow.paced_by = paced_by;
    flow.rate = rate;
    changes.flows.push_back(id);
  }
  starts_.clear();
  touched_.clear();
  all_reached_resources_.clear();
  all_reached_bundles_.clear();
}

}  // namespace gradwire
