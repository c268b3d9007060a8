#include "netmodel/flow_engine.hpp"

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

constexpr __int128 kWorkPerUnit = 1'000'000'000'000'000;
constexpr std::int64_t kCapacityMax = std::numeric_limits<MicroRate>::max() / kMicro;

}  // namespace

FlowEngine::~FlowEngine() {
  clock_.cancel(solve_);
  for (const Flow& flow : flows_) clock_.cancel(flow.end);
}

ResourceId FlowEngine::add_resource(std::int64_t capacity) {
  CHECK(capacity > 0 && capacity <= kCapacityMax, "capacity={}", capacity);
  meters_.emplace_back();
  return share_.add_resource(capacity * kMicro);
}

FlowId FlowEngine::start(std::span<const ResourceId> route, std::int64_t units, MicroRate cap,
                         Action done) {
  CHECK(units >= 0, "units={}", units);
  const FlowId id = share_.add_flow(route, cap);
  if (id >= flows_.size()) flows_.resize(id + 1);
  Flow& flow = flows_[id];
  flow.left = units * kWorkPerUnit;
  flow.updated = clock_.now();
  flow.end = {};
  flow.done = done;
  flow.units = units;
  for (const ResourceId resource : route) {
    if (meters_[resource].flows++ == 0) meters_[resource].busy_since = clock_.now();
  }
  request_solve();
  return id;
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
  const TimePoint now = clock_.now();
  for (const auto& [id, old_rate] : changes_) {
    Flow& flow = flows_[id];
    advance(flow, old_rate);
    clock_.cancel(flow.end);
    flow.end = {};
    const MicroRate rate = share_.rate(id);
    if (rate == 0) continue;  // until a solve gives it one
    const Work duration = (flow.left + rate - 1) / rate;
    CHECK(duration < std::numeric_limits<std::int64_t>::max() / 2, "a flow would take centuries");
    flow.end = clock_.at(now + Duration(static_cast<std::int64_t>(duration)),
                         {[](void* engine, std::uint64_t which) {
                            static_cast<FlowEngine*>(engine)->end(static_cast<FlowId>(which));
                          },
                          this, id});
  }
}

// Brings a flow up to now, at the rate that it has had since its last update.
void FlowEngine::advance(Flow& flow, MicroRate rate) const {
  flow.left -= Work{rate} * (clock_.now() - flow.updated).count();
  // The end of a flow is rounded up to whole nanoseconds.
  if (flow.left < 0) flow.left = 0;
  flow.updated = clock_.now();
}

void FlowEngine::end(FlowId id) {
  const Action done = flows_[id].done;
  remove(id, flows_[id].units);
  done();
}

void FlowEngine::set_cap(FlowId id, MicroRate cap) {
  share_.set_cap(id, cap);
  request_solve();
}

void FlowEngine::set_capacity(ResourceId resource, std::int64_t capacity) {
  CHECK(capacity >= 0 && capacity <= kCapacityMax, "capacity={}", capacity);
  share_.set_capacity(resource, capacity * kMicro);
  request_solve();
}

void FlowEngine::cancel(FlowId id) {
  Flow& flow = flows_[id];
  clock_.cancel(flow.end);
  advance(flow, share_.rate(id));
  const Work left = (flow.left + kWorkPerUnit - 1) / kWorkPerUnit;
  remove(id, flow.units - static_cast<std::int64_t>(left));
}

void FlowEngine::remove(FlowId id, std::int64_t carried) {
  for (const FairShare::Use& use : share_.route(id)) {
    Meter& meter = meters_[use.resource];
    meter.units += carried;
    if (--meter.flows == 0) meter.busy += clock_.now() - meter.busy_since;
  }
  share_.remove_flow(id);
  request_solve();
}

ResourceUsage FlowEngine::usage(ResourceId resource) const {
  const Meter& meter = meters_[resource];
  const Duration open = meter.flows > 0 ? clock_.now() - meter.busy_since : Duration{};
  return {meter.units, meter.busy + open};
}

}  // namespace gradwire
