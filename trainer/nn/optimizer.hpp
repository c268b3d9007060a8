// How gradients change the parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "trainer/nn/rate_schedule.hpp"

namespace gradwire {

enum class OptimizerKind {
  sgd,
  nesterov,  ///< sgd whose momentum looks ahead
  adam,
  adamw,  ///< adam whose weight decay is not part of the gradient
};

/// The forms and defaults of torch.optim (PyTorch 2 documentation).
struct OptimizerSpec {
  OptimizerKind kind = OptimizerKind::sgd;
  double rate = 0.05;       ///< learning rate, above 0
  double momentum = 0;      ///< of sgd, in [0, 1), 0 keeps no state; of nesterov, in (0, 1)
  double beta1 = 0.9;       ///< of adam and adamw, in [0, 1): memory of the mean of gradients
  double beta2 = 0.999;     ///< of adam and adamw, in [0, 1): memory of the mean of their squares
  double epsilon = 1e-8;    ///< of adam and adamw, above 0
  double weight_decay = 0;  ///< at least 0
  double clip_norm = 0;     ///< largest norm of the whole gradient; 0: gradients stay as they are
  RateSchedule schedule{};

  friend bool operator==(const OptimizerSpec&, const OptimizerSpec&) = default;
};

/// "sgd", "nesterov", "adam", "adamw".
std::string to_string(OptimizerKind kind);

/// "sgd", "sgd with momentum", "adam, clipped": equal for optimizers whose updates cost the same.
std::string signature(const OptimizerSpec& spec);

/// Everything in it: equal only for equal optimizers.
std::string identity(const OptimizerSpec& spec);

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Updates `parameters` in place; both spans have the size that the optimizer was made for.
  virtual void step(std::span<float> parameters, std::span<const float> gradients) = 0;

  /// What a checkpoint keeps besides the parameters and the number of steps taken, such as the
  /// velocity; empty if there is none.
  virtual std::span<float> state() = 0;

  /// Goes on as after so many steps.
  virtual void set_steps_taken(std::int64_t steps) = 0;
};

/// For `parameter_count` parameters; a fresh state. Throws std::invalid_argument for a number out
/// of range.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerSpec& spec, std::size_t parameter_count);

}  // namespace gradwire
