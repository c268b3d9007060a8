// Max-min fair sharing of capacities, as integers: exact, and independent of the order in which
// flows were added and resources are looked at.
//
// The model: resources (a link's direction, the cores of a host) have a capacity; a flow uses every
// resource of its route at one rate. Max-min fairness gives every flow the largest rate that takes
// nothing from a flow with less: a flow is held either by its own cap or by a resource that is used
// up and on which no other flow is faster (Bertsekas and Gallager, "Data Networks", 2nd ed.,
// section 6.5.2). The solver is the progressive filling of that section, restricted to the
// resources that a change can reach: those connected to a changed one through flows.
//
// Rates are whole numbers: n flows that fill a resource get capacity / n each, rounded down, and
// the remainder of less than n stays unused.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace gradwire {

/// A rate or capacity in millionths of a unit per second: micro-bits per second for a link. 64 bits
/// hold 800 Gbit/s, and 1 kbit/s over 100 000 flows still has four digits.
using MicroRate = std::int64_t;
inline constexpr MicroRate kMicro = 1'000'000;
inline constexpr MicroRate kNoCap = std::numeric_limits<MicroRate>::max();

using ResourceId = std::uint32_t;
using FlowId = std::uint32_t;

class FairShare {
 public:
  ResourceId add_resource(MicroRate capacity);

  /// Adds a flow; its rate is 0 until solve(). A route names at least one resource, and each at
  /// most once.
  FlowId add_flow(std::span<const ResourceId> route, MicroRate cap);

  /// The id may be given to a later flow.
  void remove_flow(FlowId flow);

  /// Changes the flow's own cap, from the next solve() on. Costs that solve nothing when neither
  /// the old cap nor the new one binds.
  void set_cap(FlowId flow, MicroRate cap);

  /// Changes what a resource has to share, from the next solve() on. With 0 its flows have no rate.
  void set_capacity(ResourceId resource, MicroRate capacity);

  /// A resource of a flow's route.
  struct Use {
    ResourceId resource;
    std::uint32_t place;  // of the flow among the flows of the resource
  };

  /// A flow that has another rate than before the solve.
  struct Change {
    FlowId flow;
    MicroRate old_rate;
  };

  /// Recomputes the rates after additions and removals, and appends what changed to `changes`.
  void solve(std::vector<Change>& changes);

  MicroRate rate(FlowId flow) const { return flows_[flow].rate; }
  std::span<const Use> route(FlowId flow) const { return flows_[flow].route; }

 private:
  struct Flow {
    boost::container::small_vector<Use, 3> route;
    MicroRate cap = kNoCap;
    MicroRate rate = 0;
    MicroRate fixed_rate = 0;
    bool reached = false;  // by the solve under way
    bool fixed = false;
  };
  struct Member {
    FlowId flow;
    std::uint32_t use;  // index in Flow::route
  };
  struct Resource {
    MicroRate capacity = 0;
    std::vector<Member> flows;
    MicroRate left = 0;
    std::int64_t unfixed = 0;
    bool dirty = false;
    bool reached = false;
  };

  // The share that each unfixed flow of a resource could have, as of some moment of the filling.
  struct Share {
    MicroRate share;
    ResourceId resource;

    // For heaps with the smallest share on top.
    friend bool operator<(const Share& a, const Share& b) {
      return a.share != b.share ? a.share > b.share : a.resource > b.resource;
    }
  };

  void mark_dirty(ResourceId resource);
  void reach(ResourceId resource);
  void fill(std::span<const ResourceId> component);
  void fix(FlowId flow, MicroRate rate);
  bool fix_capped_flows(MicroRate share);
  void fix_flows_of_used_up_resources(MicroRate share);
  MicroRate current_share(ResourceId resource) const;
  void update_smallest_share();
  void push_share(ResourceId resource);
  ResourceId pop_share();

  std::vector<Resource> resources_;
  std::vector<Flow> flows_;
  std::vector<FlowId> free_flows_;
  std::vector<ResourceId> dirty_;
  // Of the solve under way; members so that a solve allocates nothing in the long run.
  std::vector<ResourceId> reached_resources_;
  std::vector<FlowId> reached_flows_;
  // Of the component that is being filled.
  std::vector<FlowId> capped_flows_;  // by cap; those before next_capped_ are fixed
  std::size_t next_capped_ = 0;
  std::vector<Share> shares_;  // a heap
  std::vector<ResourceId> used_up_;
};

}  // namespace gradwire
