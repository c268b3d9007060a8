#include "trainer/virtual_compute.hpp"

#include <algorithm>
#include <cmath>

#include "netmodel/check.hpp"

namespace gradwire {

// One unit of the engine is a nanosecond of one core's time.
constexpr std::int64_t kCore = 1'000'000'000;

class VirtualCompute final : public Compute {
 public:
  VirtualCompute(FlowEngine& engine, ResourceId cores, MicroRate cap, double speed)
      : engine_(engine), cores_(cores), cap_(cap), speed_(speed) {}

  void start(Duration cost, std::function<void()> work, std::function<void()> done) override {
    CHECK(!done_, "a node computes one thing at a time");
    if (work) work();
    done_ = std::move(done);
    const auto units =
        static_cast<std::int64_t>(std::llround(static_cast<double>(cost.count()) / speed_));
    engine_.start(
        {&cores_, 1}, units, cap_,
        {[](void* self, std::uint64_t) { static_cast<VirtualCompute*>(self)->finish(); }, this});
  }

 private:
  void finish() { std::exchange(done_, nullptr)(); }

  FlowEngine& engine_;
  ResourceId cores_;
  MicroRate cap_;
  double speed_;
  std::function<void()> done_;
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
    nodes_.push_back(std::make_unique<VirtualCompute>(engine_, cores, cap, speed));
  }
}

VirtualProcessors::~VirtualProcessors() = default;

Compute& VirtualProcessors::of(Rank rank) { return *nodes_.at(static_cast<std::size_t>(rank)); }

}  // namespace gradwire
