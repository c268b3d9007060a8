// Max-min fair sharing of capacities, as integers: exact, and independent of the order in which
// flows were added and resources are looked at.
//
// The model: resources (a link's direction, the cores of a host) have a capacity; a flow uses every
// resource of its route at one rate. Max-min fairness gives every flow the largest rate that takes
// nothing from a flow with less: a flow is held either by its own cap or by a resource that is used
// up and on which no other flow is faster (Bertsekas and Gallager, "Data Networks", 2nd ed.,
// section 6.5.2). A flow of weight w counts as w flows: "less" and "faster" are by weight then
// (weighted max-min fairness, the same section). The solver is the progressive filling of that
// section, restricted to what a change can reach, and with many flows handled as one:
//
// - A resource that only one flow uses is a cap of that flow, no more. A flow that has all of its
//   resources for itself needs no filling.
// - All other flows are bundled: those with the same contended resources and the same weight form
//   a bundle. Flows of a bundle differ only in their limits (own cap, capacity of resources used
//   alone). Those that a limit holds back run at it; all others ride at one rate, the level of the
//   bundle. So filling costs time by bundle, and a new level is one change, however many flows ride
//   at it. (For example all messages to one server ride in one bundle, or one for each rack.)
//
// Rates are whole numbers: flows of n weights in all that fill a resource get capacity / n, rounded
// down, for each of their weights, and the remainder of less than n stays unused; limits are
// rounded to a multiple of the weight. Where a limit and a share are equal, the flow counts as held
// by its limit, and the others may take what is over.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "netmodel/indexed_heap.hpp"

namespace gradwire {

/// A rate or capacity in millionths of a unit per second: micro-bits per second for a link. 64 bits
/// hold 800 Gbit/s, and 1 kbit/s over 100 000 flows still has four digits.
using MicroRate = std::int64_t;
inline constexpr MicroRate kMicro = 1'000'000;
inline constexpr MicroRate kNoCap = std::numeric_limits<MicroRate>::max();

using ResourceId = std::uint32_t;
using FlowId = std::uint32_t;
using BundleId = std::uint32_t;
inline constexpr BundleId kNoBundle = 0xffffffff;

class FairShare {
 public:
  ResourceId add_resource(MicroRate capacity);

  /// From the next solve() on. Flows over a capacity of 0 have a rate of 0.
  void set_capacity(ResourceId resource, MicroRate capacity);

  /// Adds a flow; its rate is 0 until solve(). A route names at least one resource, and each at
  /// most once. `weight` is at least 1.
  FlowId add_flow(std::span<const ResourceId> route, MicroRate cap, std::int32_t weight = 1);

  /// Whether nothing uses these resources, so that a flow over them has them for itself.
  bool are_free(std::span<const ResourceId> route) const;
  /// Adds a flow over resources that are free: it has its rate at once, without solve().
  FlowId add_lone_flow(std::span<const ResourceId> route, MicroRate cap, std::int32_t weight = 1);
  /// What a flow gets that has these resources for itself.
  MicroRate lone_rate(std::span<const ResourceId> route, MicroRate cap, std::int32_t weight) const;
  /// Whether the flow has all of its resources for itself, as of now.
  bool is_alone(FlowId flow) const;

  /// The id may be given to a later flow.
  void remove_flow(FlowId flow);

  /// Whether no change waits for solve().
  bool is_solved() const { return dirty_.empty() && pending_.empty() && starts_.empty(); }

  /// Changes the flow's own cap, from the next solve() on; with 0 it has no rate. Costs that solve
  /// nothing when neither the old cap nor the new one binds.
  void set_cap(FlowId flow, MicroRate cap);
  MicroRate cap(FlowId flow) const { return flows_[flow].cap; }

  /// A resource of a flow's route.
  struct Use {
    ResourceId resource;
    std::uint32_t place;  // of the flow among the flows of the resource
  };

  /// What is another than before the solve: bundles with a new level, and flows that have a new
  /// rate of their own, or have begun or ceased to ride in a bundle.
  struct Changes {
    std::vector<BundleId> bundles;
    std::vector<FlowId> flows;

    bool empty() const { return bundles.empty() && flows.empty(); }
    void clear() {
      bundles.clear();
      flows.clear();
    }
  };

  /// Recomputes the rates after all other calls, and appends what has changed.
  void solve(Changes& changes);

  MicroRate rate(FlowId flow) const {
    return flows_[flow].paced_by == kNoBundle ? flows_[flow].rate
                                              : bundles_[flows_[flow].paced_by].level;
  }
  /// The bundle that the flow rides in, as of the last solve; none if it has a rate of its own.
  BundleId paced_by(FlowId flow) const { return flows_[flow].paced_by; }
  MicroRate level(BundleId bundle) const { return bundles_[bundle].level; }
  MicroRate capacity(ResourceId resource) const { return resources_[resource].capacity; }
  /// The resource that holds the flow back, as of the last solve; none: its own cap does.
  std::optional<ResourceId> limiter(FlowId flow) const;
  std::span<const Use> route(FlowId flow) const { return flows_[flow].route; }
  std::int32_t weight(FlowId flow) const { return flows_[flow].weight; }
  std::size_t flows() const { return flows_.size() - free_flows_.size(); }

 private:
  // The resources of a bundle, in the order of its flows' routes.
  using Contended = boost::container::small_vector<ResourceId, 4>;

  struct Flow {
    boost::container::small_vector<Use, 2> route;  // empty: there is no such flow
    MicroRate cap = kNoCap;
    MicroRate limit = kNoCap;  // the cap, and the capacities of resources used alone
    MicroRate rate = 0;        // if it does not ride
    std::int32_t weight = 1;
    BundleId bundle = kNoBundle;
    BundleId paced_by = kNoBundle;  // the bundle, if it rides; as told by the last solve
    std::uint32_t place = 0;        // in a heap of the bundle
    bool rides = false;
    bool pending = false;  // is to be bundled anew
    bool touched = false;  // may have changed in the solve under way
  };
  struct Member {
    FlowId flow;
    std::uint32_t use;  // index in Flow::route
  };
  struct Resource {
    MicroRate capacity = 0;
    boost::container::small_vector<Member, 1> flows;
    std::uint32_t contention = kNoContention;
    bool contended = false;  // by several flows; as of the last solve
    bool dirty = false;
    bool reached = false;
  };
  // What only a resource needs that has ever been contended.
  struct Contention {
    boost::container::small_vector<BundleId, 2> bundles;
    std::uint32_t filling = 0;  // its place in filling_, where the filling under way reaches it
  };
  static constexpr std::uint32_t kNoContention = 0xffffffff;
  // Of a resource in the filling under way: what is not taken, by how many weights it is wanted,
  // and what each of those gets when it is used up.
  struct Filling {
    MicroRate left = 0;
    std::int64_t unfixed = 0;
    MicroRate level = kNoCap;
  };
  struct Bundle {
    Contended resources;
    boost::container::small_vector<std::uint32_t, 4> places;  // in Resource::bundles
    std::int32_t weight = 1;                                  // of each of its flows
    std::int64_t riders = 0;
    IndexedHeap limited;  // riders that have a limit, the smallest first
    IndexedHeap held;     // flows at their limits, the largest first
    MicroRate held_rate = 0;
    MicroRate level = 0;        // what the riders have; as told by the last solve
    MicroRate new_level = 0;    // of the filling under way
    BundleId next = kNoBundle;  // of the same hash
    ResourceId used_up = 0;     // what holds the riders; as of the last filling
    bool reached = false;
    bool fixed = false;
  };

  struct ByLimit {
    std::vector<Flow>& flows;
    bool rising;

    bool before(FlowId a, FlowId b) const {
      return rising ? flows[a].limit < flows[b].limit : flows[a].limit > flows[b].limit;
    }
    std::uint32_t& place(FlowId flow) const { return flows[flow].place; }
  };
  ByLimit rising() { return {flows_, true}; }
  ByLimit falling() { return {flows_, false}; }

  // A rate for each weight at which something gets fixed, and what: of an entry in a heap with the
  // smallest on top.
  struct Threshold {
    MicroRate rate;
    std::uint32_t id;  // of a resource, or of a bundle

    friend bool operator<(const Threshold& a, const Threshold& b) {
      return a.rate != b.rate ? a.rate > b.rate : a.id > b.id;
    }
  };

  FlowId take_up(std::span<const ResourceId> route, MicroRate cap, std::int32_t weight);
  void mark_dirty(ResourceId resource);
  void mark_pending(FlowId flow);
  void touch(FlowId flow);

  void find_contended();
  void bundle_pending();
  static MicroRate rounded(MicroRate limit, std::int32_t weight);
  MicroRate limit_of(const Flow& flow) const;
  void leave(FlowId flow);
  void ride(FlowId flow);
  void hold(FlowId flow);
  void stop(FlowId flow);
  BundleId bundle_over(const Contended& resources, std::int32_t weight);
  void dissolve(BundleId bundle);
  void grow_table();
  std::size_t slot_of(const Contended& resources, std::int32_t weight) const;
  Threshold threshold_of(BundleId bundle) const;

  void reach(ResourceId start);
  void fill();
  void prepare_filling();
  bool hold_limited(MicroRate share);
  void fix_riders_of_used_up(MicroRate share);
  void fix(Bundle& bundle, MicroRate share);
  bool release_held(bool only_those);
  Contention& contention_of(ResourceId id) { return contentions_[resources_[id].contention]; }
  Filling& filling_of(ResourceId id) { return filling_[contention_of(id).filling]; }
  MicroRate share_of(ResourceId resource);
  void update_smallest_share();
  void report(Changes& changes);

  std::vector<Resource> resources_;
  std::vector<Contention> contentions_;
  std::vector<Flow> flows_;
  std::vector<FlowId> free_flows_;
  std::vector<Bundle> bundles_;
  std::vector<BundleId> free_bundles_;
  std::vector<BundleId> table_;  // hash of the resources -> first bundle
  std::vector<ResourceId> dirty_;
  std::vector<FlowId> pending_;
  // Of the solve under way; members so that a solve allocates nothing in the long run.
  Contended contended_;
  std::vector<FlowId> touched_;
  std::vector<ResourceId> starts_;
  std::vector<ResourceId> reached_resources_;  // of one connected part
  std::vector<Filling> filling_;               // likewise
  std::vector<BundleId> reached_bundles_;
  std::vector<ResourceId> all_reached_resources_;
  std::vector<BundleId> all_reached_bundles_;
  std::vector<Threshold> shares_;  // a heap of resources
  std::vector<Threshold> limits_;  // a heap of bundles, by their smallest limit
  std::vector<ResourceId> used_up_;
};

}  // namespace gradwire
