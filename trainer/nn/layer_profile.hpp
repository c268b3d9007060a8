// A model as a table of its layers, for studies of time only: how large the layers are and how long
// they take is all that is known of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netmodel/units.hpp"

namespace gradwire {

/// Has either times or operations; a layer may cost nothing, or have no parameters.
struct ProfiledLayer {
  std::string name;
  std::int64_t parameters = 0;  ///< that are trained
  /// On one node of speed 1, of all samples that it takes in a full step.
  Duration forward{};
  Duration backward{};
  double flops = 0.0;  ///< of one sample's forward pass; those of the backward pass: twice as many

  friend bool operator==(const ProfiledLayer&, const ProfiledLayer&) = default;
};

/// In the order of the forward pass. Either all layers have times, or all have operations.
using LayerProfile = std::vector<ProfiledLayer>;

/// Whether it says how long the layers take.
bool has_times(const LayerProfile& profile);

/// Of all layers, forward and backward; zero for a profile without times.
Duration step_time(const LayerProfile& profile);

/// Throws std::invalid_argument, saying what is allowed, for a profile with nothing to train, with
/// nothing to compute, or with both times and operations.
void validate(const LayerProfile& profile);

/// A part of a backward pass: what is computed between the gradients of one layer and the next.
struct BackwardStage {
  double ends_at = 0.0;   ///< share of the time of forward and backward, in (0, 1]
  int buckets_ready = 0;  ///< whose gradients are complete then, from the first on
};

/// How the gradients of a step come about, one layer after the other from the last to the first.
struct BackwardPlan {
  double forward_share = 0.0;         ///< of the time of forward and backward
  std::vector<BackwardStage> stages;  ///< one for each layer, the last layer first
  std::vector<std::int64_t> buckets;  ///< parameters of each, in the order they are complete
};

/// The first bucket of PyTorch's DistributedDataParallel (kDefaultFirstBucketBytes in reducer.hpp):
/// small, so that the network has something to do early.
inline constexpr Bytes kFirstBucket{std::int64_t{1} << 20};

/// The other buckets there, unless they are asked for otherwise (bucket_cap_mb).
inline constexpr Bytes kUsualBucket{std::int64_t{25} << 20};

/// The gradients of whole layers are put into a bucket until it holds at least `bucket`, and at
/// least kFirstBucket for the first one if that is less: Li et al., "PyTorch distributed:
/// experiences on accelerating data parallel training", VLDB 2020, section 3.2.3. The last bucket
/// holds what is left. `profile` is valid.
BackwardPlan plan_backward(const LayerProfile& profile, Bytes bucket);

}  // namespace gradwire
