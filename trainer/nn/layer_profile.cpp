#include "trainer/nn/layer_profile.hpp"

#include <algorithm>
#include <stdexcept>

#include "netmodel/schedule.hpp"

namespace gradwire {
namespace {

// In one unit for all layers of a profile: nanoseconds, or operations of a sample.
double forward_cost(const ProfiledLayer& layer) {
  return layer.flops + static_cast<double>(layer.forward.count());
}

double backward_cost(const ProfiledLayer& layer) {
  return 2 * layer.flops + static_cast<double>(layer.backward.count());
}

bool has_times(const ProfiledLayer& layer) {
  return layer.forward > Duration{} || layer.backward > Duration{};
}

}  // namespace

bool has_times(const LayerProfile& profile) {
  return std::ranges::any_of(profile, [](const auto& layer) { return has_times(layer); });
}

Duration step_time(const LayerProfile& profile) {
  Duration time{};
  for (const ProfiledLayer& layer : profile) time += layer.forward + layer.backward;
  return time;
}

void validate(const LayerProfile& profile) {
  const auto any = [&profile](auto holds) { return std::ranges::any_of(profile, holds); };
  if (!any([](const auto& layer) { return layer.parameters > 0; })) {
    throw std::invalid_argument("no layer has parameters; allowed: at least one that has");
  }
  const bool has_flops = any([](const auto& layer) { return layer.flops > 0; });
  if (has_flops && has_times(profile)) {
    throw std::invalid_argument(
        "some layers have times, others flops; allowed: the same of all layers");
  }
  if (!has_flops && !has_times(profile)) {
    throw std::invalid_argument("no layer takes any time; allowed: at least one that does");
  }
}

BackwardPlan plan_backward(const LayerProfile& profile, Bytes bucket) {
  double forward = 0.0;
  double all = 0.0;
  for (const ProfiledLayer& layer : profile) {
    forward += forward_cost(layer);
    all += forward_cost(layer) + backward_cost(layer);
  }
  BackwardPlan plan{.forward_share = forward / all, .stages = {}, .buckets = {}};
  double done = forward;
  std::int64_t held = 0;
  for (std::size_t i = profile.size(); i-- > 0;) {
    const ProfiledLayer& layer = profile[i];
    done += backward_cost(layer);
    held += layer.parameters;
    const Bytes limit = plan.buckets.empty() ? std::min(bucket, kFirstBucket) : bucket;
    if (held > 0 && (held * kElementBytes >= limit.count || i == 0)) {
      plan.buckets.push_back(held);
      held = 0;
    }
    plan.stages.push_back({done / all, static_cast<int>(plan.buckets.size())});
  }
  return plan;
}

}  // namespace gradwire
