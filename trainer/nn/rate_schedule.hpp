// How the learning rate changes over a training: a pure function of the step.
#pragma once

#include <cstdint>
#include <string>

namespace gradwire {

enum class RateScheduleKind {
  constant,
  step,    ///< times `factor` after every `every` steps, as torch.optim.lr_scheduler.StepLR
  cosine,  ///< half a cosine from the full rate to 0
};

struct RateSchedule {
  RateScheduleKind kind = RateScheduleKind::constant;
  double factor = 0.1;       ///< of step; above 0, at most 1
  std::int64_t every = 1;    ///< of step: steps, at least 1
  std::int64_t total = 1;    ///< of cosine: steps of the training, at least 1
  std::int64_t warm_up = 0;  ///< first steps, over which the rate rises linearly; 0: none

  friend bool operator==(const RateSchedule&, const RateSchedule&) = default;
};

/// "constant", "step", "cosine".
std::string to_string(RateScheduleKind kind);

/// What the learning rate is multiplied by in a step, counted from 0, in [0, 1].
///
/// With w steps of warm-up, step t < w has (t + 1) / w (Goyal et al., "Accurate, large minibatch
/// SGD", 2017, section 2.2). Then: step factor^floor(t / every), counted from the start of the
/// training; cosine (1 + cos(pi (t - w) / (total - w))) / 2 (Loshchilov, Hutter, "SGDR", ICLR 2017,
/// equation 5 with a smallest rate of 0 and no restart), and 0 from `total` on.
double rate_factor(const RateSchedule& schedule, std::int64_t step);

/// Throws std::invalid_argument, saying what is allowed, for a number out of range.
void validate(const RateSchedule& schedule);

}  // namespace gradwire
