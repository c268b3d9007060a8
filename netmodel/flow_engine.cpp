#include "netmodel/flow_engine.hpp"

#include <algorithm>

#include "netmodel/check.hpp"
#include "netmodel/relative_state.hpp"

namespace gradwire {
namespace {

constexpr __int128 kWorkPerUnit = 1'000'000'000'000'000;

MicroRate micro_rate(std::int64_t capacity) {
  CHECK(capacity >= 0 && capacity <= std::numeric_limits<MicroRate>::max() / kMicro, "capacity={}",
        capacity);
  return capacity * kMicro;
}

}  // namespace

FlowEngine::~FlowEngine() {
  clock_.cancel(solve_);
  for (const Flow& flow : flows_) clock_.cancel(flow.end);
  for (const Bundle& bundle : bundles_) clock_.cancel(bundle.end);
}

ResourceId FlowEngine::add_resource(std::int64_t capacity) {
  const ResourceId id = share_.add_resource(micro_rate(capacity));
  meters_.emplace_back();
  return id;
}

void FlowEngine::set_capacity(ResourceId resource, std::int64_t capacity) {
  share_.set_capacity(resource, micro_rate(capacity));
  request_solve();
}

FlowId FlowEngine::start(std::span<const ResourceId> route, std::int64_t units, MicroRate cap,
                         Action done, std::int32_t weight) {
  CHECK(units >= 0, "units={}", units);
  // Who watches is told of it by solve().
  if (watch_.call == nullptr && share_.are_free(route)) {
    return start_alone(route, units, cap, done, weight, clock_.now());
  }
  const FlowId id = share_.add_flow(route, cap, weight);
  take_up(id, route, units, done, weight, clock_.now());
  request_solve();
  return id;
}

FlowId FlowEngine::start_alone(std::span<const ResourceId> route, std::int64_t units, MicroRate cap,
                               Action done, std::int32_t weight, TimePoint when) {
  const FlowId id = share_.add_lone_flow(route, cap, weight);
  take_up(id, route, units, done, weight, when);
  go_alone(id, when);
  return id;
}

void FlowEngine::take_up(FlowId id, std::span<const ResourceId> route, std::int64_t units,
                         Action done, std::int32_t weight, TimePoint when) {
  if (id >= flows_.size()) flows_.resize(id + 1);
  Flow& flow = flows_[id];
  flow.goal = units * kWorkPerUnit;
  flow.since = when;
  flow.rate = 0;
  flow.end = {};
  flow.done = done;
  flow.units = units;
  for (const ResourceId resource : route) count(meters_[resource], weight, when);
}

void FlowEngine::count(Meter& meter, std::int64_t more, TimePoint when) {
  if (meter.changed < when) {
    meter.changed = when;
    meter.flows_before = meter.flows;
  }
  if (meter.flows == 0) meter.busy -= when.time_since_epoch();
  meter.flows += more;
  if (meter.flows == 0) meter.busy += when.time_since_epoch();
}

std::optional<Duration> FlowEngine::time_alone(std::span<const ResourceId> route,
                                               std::int64_t units, MicroRate cap,
                                               std::int32_t weight) const {
  return duration_of(units * kWorkPerUnit, share_.lone_rate(route, cap, weight));
}

std::optional<TimePoint> FlowEngine::end_alone(FlowId id) const {
  const Flow& flow = flows_[id];
  if (flow.rides_in != kNoBundle || flow.end.generation == 0) return std::nullopt;
  if (!share_.is_alone(id)) return std::nullopt;
  return flow.since + *duration_of(flow.goal, flow.rate);
}

void FlowEngine::end_ahead(FlowId id, TimePoint when) { remove(id, flows_[id].units, when); }

void FlowEngine::count_ahead(std::span<const ResourceId> route, std::int64_t units, Duration busy) {
  for (const ResourceId id : route) {
    meters_[id].units += units;
    meters_[id].busy += busy;
  }
}

FlowId FlowEngine::start_ahead(std::span<const ResourceId> route, std::int64_t units, MicroRate cap,
                               Action done, std::int32_t weight, TimePoint when) {
  CHECK(share_.are_free(route), "something else is under way there");
  return start_alone(route, units, cap, done, weight, when);
}

// All changes of one instant are solved together, after the events that cause them.
void FlowEngine::request_solve() {
  if (solve_requested_) return;
  solve_requested_ = true;
  solve_ = clock_.at(
      clock_.now(),
      {[](void* engine, std::uint64_t) { static_cast<FlowEngine*>(engine)->solve(); }, this});
}

void FlowEngine::solve() {
  solve_requested_ = false;
  changes_.clear();
  share_.solve(changes_);
  for (const BundleId id : changes_.bundles) {
    mark_changed(id);
    bundles_[id].pace.set_rate(share_.level(id), clock_.now());
  }
  for (const FlowId id : changes_.flows) {
    flows_[id].goal = left_of(flows_[id]);
    stop(id);
    follow(id);
  }
  for (const BundleId id : changed_bundles_) {
    Bundle& bundle = bundles_[id];
    bundle.changed = false;
    clock_.cancel(bundle.end);
    bundle.end = {};
    if (bundle.riders.empty()) continue;
    bundle.end =
        at_end(clock_.now(), left_of(flows_[bundle.riders.top()]), bundle.pace.rate,
               {[](void* engine, std::uint64_t which) {
                  static_cast<FlowEngine*>(engine)->end_riders(static_cast<BundleId>(which));
                },
                this, id});
  }
  changed_bundles_.clear();
  if (watch_.call != nullptr) tell_of_changes();
}

void FlowEngine::tell_of_changes() const {
  for (const FlowId id : changes_.flows) watch_.call(watch_.target, id);
  for (const BundleId id : changes_.bundles) {
    for (const FlowId rider : bundles_[id].riders.items()) watch_.call(watch_.target, rider);
  }
}

// The end of a flow is rounded up to whole nanoseconds: nothing may be left of it before that.
FlowEngine::Work FlowEngine::left_of(const Flow& flow) const {
  const TimePoint now = clock_.now();
  const Work done = flow.rides_in == kNoBundle ? Work{flow.rate} * (now - flow.since).count()
                                               : bundles_[flow.rides_in].pace.done_by(now);
  return std::max<Work>(0, flow.goal - done);
}

// Ends what would end the flow.
void FlowEngine::stop(FlowId id) {
  Flow& flow = flows_[id];
  if (flow.rides_in == kNoBundle) {
    clock_.cancel(flow.end);
    flow.end = {};
    return;
  }
  mark_changed(flow.rides_in);
  bundles_[flow.rides_in].riders.remove(id, ByGoal{flows_});
  flow.rides_in = kNoBundle;
}

// Begins anew with the pace that has been solved; the goal is what is left.
void FlowEngine::follow(FlowId id) {
  Flow& flow = flows_[id];
  flow.rides_in = share_.paced_by(id);
  flow.end = {};
  if (flow.rides_in == kNoBundle) return go_alone(id, clock_.now());
  mark_changed(flow.rides_in);
  Bundle& bundle = bundles_[flow.rides_in];
  flow.goal += bundle.pace.done_by(clock_.now());
  bundle.riders.push(id, ByGoal{flows_});
}

// At a rate of its own, whoever uses its resources beside it.
void FlowEngine::go_alone(FlowId id, TimePoint since) {
  Flow& flow = flows_[id];
  flow.since = since;
  flow.rate = share_.rate(id);
  flow.end = at_end(since, flow.goal, flow.rate,
                    {[](void* engine, std::uint64_t which) {
                       static_cast<FlowEngine*>(engine)->end(static_cast<FlowId>(which));
                     },
                     this, id});
}

void FlowEngine::mark_changed(BundleId id) {
  if (id >= bundles_.size()) bundles_.resize(id + 1);
  if (bundles_[id].changed) return;
  bundles_[id].changed = true;
  changed_bundles_.push_back(id);
}

// To the first nanosecond in which nothing is left; none at a rate of 0, nor for an endless flow.
std::optional<Duration> FlowEngine::duration_of(Work left, MicroRate rate) {
  if (rate == 0 || left > kWorkPerUnit * (kEndless / 2)) return std::nullopt;
  const Work duration = (left + rate - 1) / rate;
  CHECK(duration < std::numeric_limits<std::int64_t>::max() / 2, "a flow would take centuries");
  return Duration(static_cast<std::int64_t>(duration));
}

EventId FlowEngine::at_end(TimePoint since, Work left, MicroRate rate, Action action) {
  const auto duration = duration_of(left, rate);
  return duration ? clock_.at(since + *duration, action) : EventId{};
}

void FlowEngine::end(FlowId id) {
  const Action done = flows_[id].done;
  flows_[id].end = {};
  remove(id, flows_[id].units, clock_.now());
  done();
}

void FlowEngine::end_riders(BundleId id) {
  bundles_[id].end = {};
  // What is done may start and cancel others, but changes the pace and the riders of a bundle only
  // by ending some of them.
  while (!bundles_[id].riders.empty()) {
    const FlowId first = bundles_[id].riders.top();
    if (left_of(flows_[first]) > 0) break;
    end(first);
  }
}

void FlowEngine::set_cap(FlowId id, MicroRate cap) {
  if (const auto held = held_.find(id); held != held_.end()) {
    held->second = cap;
    return;
  }
  share_.set_cap(id, cap);
  request_solve();
}

void FlowEngine::hold(FlowId id) {
  if (!held_.emplace(id, share_.cap(id)).second) return;
  share_.set_cap(id, 0);
  request_solve();
}

void FlowEngine::release(FlowId id) {
  const auto held = held_.find(id);
  if (held == held_.end()) return;
  share_.set_cap(id, held->second);
  held_.erase(held);
  request_solve();
}

void FlowEngine::cancel(FlowId id) {
  const Work left = (left_of(flows_[id]) + kWorkPerUnit - 1) / kWorkPerUnit;
  remove(id, flows_[id].units - static_cast<std::int64_t>(left), clock_.now());
}

void FlowEngine::remove(FlowId id, std::int64_t carried, TimePoint when) {
  stop(id);
  for (const FairShare::Use& use : share_.route(id)) {
    Meter& meter = meters_[use.resource];
    meter.units += carried;
    count(meter, -share_.weight(id), when);
  }
  if (!held_.empty()) held_.erase(id);
  share_.remove_flow(id);
  if (!share_.is_solved()) request_solve();
}

std::size_t FlowEngine::end_events() const {
  const auto is_set = [](const auto& item) { return item.end.generation != 0; };
  return static_cast<std::size_t>(std::ranges::count_if(flows_, is_set) +
                                  std::ranges::count_if(bundles_, is_set));
}

void FlowEngine::describe(FlowId id, RelativeState& state) const {
  const Flow& flow = flows_[id];
  const Work left = left_of(flow);
  state.add(static_cast<std::int64_t>(left >> 64U));
  state.add(static_cast<std::int64_t>(left));
  state.add(flow.units);
  state.add(share_.cap(id));
  state.add(std::int64_t{share_.weight(id)});
  for (const FairShare::Use& use : share_.route(id)) state.add(std::int64_t{use.resource});
}

void FlowEngine::describe_rest(std::size_t flows, RelativeState& state) const {
  if (flows != share_.flows() || !held_.empty()) return state.refuse();
  state.add(static_cast<std::int64_t>(solve_requested_));
  state.account_for(end_events() + (solve_requested_ ? 1 : 0));
}

std::int64_t FlowEngine::flows_until_now(ResourceId resource) const {
  const Meter& meter = meters_[resource];
  return meter.changed < clock_.now() ? meter.flows : meter.flows_before;
}

ResourceUsage FlowEngine::usage(ResourceId resource) const {
  const Meter& meter = meters_[resource];
  const Duration open = meter.flows > 0 ? clock_.now().time_since_epoch() : Duration{};
  return {meter.units, meter.busy + open};
}

}  // namespace gradwire
