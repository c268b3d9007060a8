// Amounts of work that progress in virtual time over shared capacities: data over links, arithmetic
// over the cores of a host. Rates are max-min fair (fair_share.hpp); all arithmetic is in integers,
// so that a result does not depend on the order of simultaneous events.
//
// Flows that ride in one bundle get the same work done in the same time, so the engine keeps one
// account for all of them: how much a rider has got since the bundle began. A rider ends when that
// reaches its goal, which is what the account stood at when it joined, and its work. A new level
// of the bundle then moves one event, that of the rider with the smallest goal.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

#include "netmodel/fair_share.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {

class RelativeState;

/// Units of a flow that goes on until it is cancelled.
inline constexpr std::int64_t kEndless = std::numeric_limits<std::int64_t>::max();

/// What a resource has carried so far.
struct ResourceUsage {
  std::int64_t units = 0;  // of the flows that have ended, and whole ones of the cancelled
  Duration busy{};         // time with at least one flow on it
};

/// Who wants to know what holds flows back: called in the instant in which that may have changed,
/// for each flow that this concerns.
struct FlowWatch {
  void (*call)(void* target, FlowId flow) = nullptr;
  void* target = nullptr;
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

  /// Changes it from now on. Flows over a capacity of 0 stand still until it changes again.
  void set_capacity(ResourceId resource, std::int64_t capacity);

  /// Starts `units` of work now over these resources; `done` runs when it is finished. `cap` bounds
  /// the rate of this flow alone; of a resource that it shares it gets as much as `weight` flows.
  FlowId start(std::span<const ResourceId> route, std::int64_t units, MicroRate cap, Action done,
               std::int32_t weight = 1);

  // --- flows that have their resources for themselves: what comes of them is known in advance

  /// Whether nothing uses these resources.
  bool are_free(std::span<const ResourceId> route) const { return share_.are_free(route); }
  /// How long so many units take there; none: for ever.
  std::optional<Duration> time_alone(std::span<const ResourceId> route, std::int64_t units,
                                     MicroRate cap, std::int32_t weight = 1) const;
  /// When a flow that is under way ends, if it stays alone; none: it is not alone, or stands still.
  std::optional<TimePoint> end_alone(FlowId flow) const;
  // These keep the books ahead of time, for a stretch in which nobody reads them.
  /// The flow ends with all of its units at `when`; its `done` does not run.
  void end_ahead(FlowId flow, TimePoint when);
  /// Flows come and go there, one after another: `units` in all, in a time of `busy`.
  void count_ahead(std::span<const ResourceId> route, std::int64_t units, Duration busy);
  /// A flow starts at `when`, over resources that are free then, and ends no earlier than now.
  FlowId start_ahead(std::span<const ResourceId> route, std::int64_t units, MicroRate cap,
                     Action done, std::int32_t weight, TimePoint when);

  /// Changes the cap of a flow that is under way, from now on.
  void set_cap(FlowId flow, MicroRate cap);

  /// The flow makes no progress until release(); changes of its cap hold from then on.
  void hold(FlowId flow);
  void release(FlowId flow);

  /// What a flow that is under way gets a second, in millionths of a unit.
  MicroRate rate(FlowId flow) const { return share_.rate(flow); }
  /// What holds back a flow that is under way; none: its own cap.
  std::optional<ResourceId> limiter(FlowId flow) const { return share_.limiter(flow); }
  MicroRate capacity(ResourceId resource) const { return share_.capacity(resource); }
  void watch(FlowWatch watch) { watch_ = watch; }
  /// How many events of the clock are ends of flows. Takes time in proportion to the flows.
  std::size_t end_events() const;

  /// Ends a flow that is under way: its `done` will not run.
  void cancel(FlowId flow);

  /// Adds what decides the future of a flow that is under way.
  void describe(FlowId flow, RelativeState& state) const;
  /// The rest, once all flows that are under way, `flows` of them, have been described.
  void describe_rest(std::size_t flows, RelativeState& state) const;

  ResourceUsage usage(ResourceId resource) const;
  /// How many flows there were just before this instant, by their weights: whatever ends or begins
  /// in it, and in which order.
  std::int64_t flows_until_now(ResourceId resource) const;

 private:
  // Work is counted in 1e-15 units: a rate of one micro-unit per second does one of them a
  // nanosecond.
  using Work = __int128;

  // Work that proceeds at a rate.
  struct Pace {
    Work done = 0;  // as of `updated`
    TimePoint updated{};
    MicroRate rate = 0;

    Work done_by(TimePoint now) const { return done + Work{rate} * (now - updated).count(); }
    void set_rate(MicroRate new_rate, TimePoint now) {
      done = done_by(now);
      updated = now;
      rate = new_rate;
    }
  };
  struct Flow {
    // What its bundle has done when the flow ends; if it does not ride, what was left of it when it
    // got its rate.
    Work goal = 0;
    TimePoint since{};   // when that was
    MicroRate rate = 0;  // unless it rides
    EventId end;         // likewise
    Action done;
    std::int64_t units = 0;
    BundleId rides_in = kNoBundle;
    std::uint32_t place = 0;  // among the riders
  };
  struct Bundle {
    Pace pace;
    EventId end;         // of the first rider
    IndexedHeap riders;  // the smallest goal first
    bool changed = false;
  };
  struct Meter {
    std::int64_t units = 0;
    Duration busy{};  // while there are flows, less the time at which the first of them began
    std::int64_t flows = 0;
    TimePoint changed{};            // when `flows` did last
    std::int64_t flows_before = 0;  // that instant
  };
  struct ByGoal {
    std::vector<Flow>& flows;

    bool before(FlowId a, FlowId b) const { return flows[a].goal < flows[b].goal; }
    std::uint32_t& place(FlowId flow) const { return flows[flow].place; }
  };

  void request_solve();
  void take_up(FlowId flow, std::span<const ResourceId> route, std::int64_t units, Action done,
               std::int32_t weight, TimePoint when);
  FlowId start_alone(std::span<const ResourceId> route, std::int64_t units, MicroRate cap,
                     Action done, std::int32_t weight, TimePoint when);
  static void count(Meter& meter, std::int64_t more, TimePoint when);
  void solve();
  Work left_of(const Flow& flow) const;
  void stop(FlowId flow);
  void follow(FlowId flow);
  void go_alone(FlowId flow, TimePoint since);
  void mark_changed(BundleId bundle);
  void tell_of_changes() const;
  static std::optional<Duration> duration_of(Work left, MicroRate rate);
  EventId at_end(TimePoint since, Work left, MicroRate rate, Action action);
  void end(FlowId flow);
  void end_riders(BundleId bundle);
  void remove(FlowId flow, std::int64_t carried, TimePoint when);

  VirtualClock& clock_;
  FairShare share_;
  std::vector<Flow> flows_;                     // by FlowId
  std::vector<Bundle> bundles_;                 // by BundleId
  std::unordered_map<FlowId, MicroRate> held_;  // flows that are held, with their caps
  std::vector<Meter> meters_;
  FairShare::Changes changes_;
  std::vector<BundleId> changed_bundles_;  // whose event is to be set anew
  FlowWatch watch_;
  EventId solve_;  // the one that is due, if any
  bool solve_requested_ = false;
};

}  // namespace gradwire
