#include "trainer/virtual_compute.hpp"

#include <algorithm>
#include <cmath>

#include "netmodel/check.hpp"
#include "netmodel/relative_state.hpp"

namespace gradwire {

// One unit of the engine is a nanosecond of one core's time.
constexpr std::int64_t kCore = 1'000'000'000;

class VirtualCompute final : public Compute {
 public:
  // `shares`: with other nodes, its cores.
  VirtualCompute(VirtualClock& clock, FlowEngine& engine, ResourceId cores, bool shares,
                 MicroRate cap, double speed)
      : clock_(clock), engine_(engine), cores_(cores), shares_(shares), cap_(cap), speed_(speed) {}

  std::optional<Duration> duration(Duration cost) const override {
    if (shares_) return std::nullopt;
    CHECK(!done_, "a node computes one thing at a time");
    return engine_.time_alone({&cores_, 1}, units_of(cost), cap_);
  }

  void start(Duration cost, std::function<void()> work, std::function<void()> done) override {
    CHECK(!done_, "a node computes one thing at a time");
    if (work) work();
    done_ = std::move(done);
    ++started_;
    started_at_ = clock_.now();
    flow_ = engine_.start(
        {&cores_, 1}, units_of(cost), cap_,
        {[](void* self, std::uint64_t) { static_cast<VirtualCompute*>(self)->finish(); }, this});
  }

  std::int64_t started() const { return started_; }
  bool is_busy() const { return static_cast<bool>(done_); }

  void describe(RelativeState& state) const {
    state.add(static_cast<std::int64_t>(is_busy()));
    if (!is_busy()) return;
    state.add(started_at_);
    engine_.describe(flow_, state);
  }

 private:
  std::int64_t units_of(Duration cost) const {
    return std::llround(static_cast<double>(cost.count()) / speed_);
  }
  void finish() { std::exchange(done_, nullptr)(); }

  VirtualClock& clock_;
  FlowEngine& engine_;
  ResourceId cores_;
  bool shares_;
  MicroRate cap_;
  double speed_;
  std::function<void()> done_;  // of what is under way
  FlowId flow_ = 0;             // likewise
  TimePoint started_at_{};
  std::int64_t started_ = 0;
};

VirtualProcessors::VirtualProcessors(VirtualClock& clock, const VirtualProcessorOptions& options,
                                     const std::vector<double>& speeds)
    : engine_(clock) {
  const double share = std::min(1.0, options.cores);
  const auto cap = static_cast<MicroRate>(
      std::llround(share * static_cast<double>(kCore) * static_cast<double>(kMicro)));
  std::optional<ResourceId> host;
  if (options.host_cores) host = engine_.add_resource(*options.host_cores * kCore);
  for (const double speed : speeds) {
    const ResourceId cores = host ? *host : engine_.add_resource(kCore);
    nodes_.push_back(
        std::make_unique<VirtualCompute>(clock, engine_, cores, host.has_value(), cap, speed));
  }
}

VirtualProcessors::~VirtualProcessors() = default;

Compute& VirtualProcessors::of(Rank rank) { return *nodes_.at(static_cast<std::size_t>(rank)); }

std::int64_t VirtualProcessors::started(Rank rank) const {
  return nodes_.at(static_cast<std::size_t>(rank))->started();
}

void VirtualProcessors::describe(RelativeState& state) const {
  std::size_t flows = 0;
  for (const auto& node : nodes_) {
    node->describe(state);
    if (node->is_busy()) ++flows;
  }
  engine_.describe_rest(flows, state);
}

}  // namespace gradwire
