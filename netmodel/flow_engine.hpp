// Amounts of work that progress in virtual time over shared capacities: data over links, arithmetic
// over the cores of a host. Rates are max-min fair (fair_share.hpp); all arithmetic is in integers,
// so that a result does not depend on the order of simultaneous events.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "netmodel/fair_share.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {

/// What a resource has carried so far.
struct ResourceUsage {
  std::int64_t units = 0;  // of the flows that have ended, and whole ones of the cancelled
  Duration busy{};         // time with at least one flow on it
};

/// Goes before its clock; flows that are under way then end without a word.
class FlowEngine {
 public:
  explicit FlowEngine(VirtualClock& clock) : clock_(clock) {}
  ~FlowEngine();
  FlowEngine(const FlowEngine&) = delete;
  FlowEngine& operator=(const FlowEngine&) = delete;

  /// `capacity` in units per second: bits for a link, nanoseconds of a core's time for a processor.
  ResourceId add_resource(std::int64_t capacity);

  /// Starts `units` of work now over these resources; `done` runs when it is finished. `cap` bounds
  /// the rate of this flow alone.
  FlowId start(std::span<const ResourceId> route, std::int64_t units, MicroRate cap, Action done);

  /// Changes the cap of a flow that is under way, from now on.
  void set_cap(FlowId flow, MicroRate cap);

  /// Changes what a resource carries a second, from now on. With 0 the flows over it stall until it
  /// has a capacity again.
  void set_capacity(ResourceId resource, std::int64_t capacity);

  /// Ends a flow that is under way: its `done` will not run.
  void cancel(FlowId flow);

  ResourceUsage usage(ResourceId resource) const;

 private:
  // Work is counted in 1e-15 units: a rate of one micro-unit per second does one of them a
  // nanosecond.
  using Work = __int128;

  struct Flow {
    Work left = 0;
    TimePoint updated{};
    EventId end;
    Action done;
    std::int64_t units = 0;
  };
  struct Meter {
    std::int64_t units = 0;
    Duration busy{};
    TimePoint busy_since{};
    std::int64_t flows = 0;
  };

  void request_solve();
  void solve();
  void end(FlowId flow);
  void advance(Flow& flow, MicroRate rate) const;
  void remove(FlowId flow, std::int64_t carried);

  VirtualClock& clock_;
  FairShare share_;
  std::vector<Flow> flows_;  // by FlowId
  std::vector<Meter> meters_;
  std::vector<FairShare::Change> changes_;
  EventId solve_;  // the one that is due, if any
  bool solve_requested_ = false;
};

}  // namespace gradwire
