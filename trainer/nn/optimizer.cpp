#include "trainer/nn/optimizer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "netmodel/check.hpp"
#include "trainer/nn/aligned_buffer.hpp"

namespace gradwire {
namespace {

// The factor that brings the norm of all gradients together down to `limit`, as
// torch.nn.utils.clip_grad_norm_ (Pascanu, Mikolov, Bengio, "On the difficulty of training
// recurrent neural networks", ICML 2013, algorithm 1). Summed in double and in order: every node
// gets the same.
float clip_factor(std::span<const float> gradients, double limit) {
  double squares = 0;
  for (const float gradient : gradients) squares += static_cast<double>(gradient) * gradient;
  constexpr double kAgainstZero = 1e-6;
  const double factor = limit / (std::sqrt(squares) + kAgainstZero);
  return factor < 1.0 ? static_cast<float>(factor) : 1.0F;
}

// What all optimizers have in common: the count of steps, the schedule of the rate, clipping.
class ScheduledOptimizer : public Optimizer {
 public:
  ScheduledOptimizer(const OptimizerSpec& spec, std::size_t parameter_count)
      : spec_(spec), parameter_count_(parameter_count) {}

  void step(std::span<float> parameters, std::span<const float> gradients) final {
    CHECK(parameters.size() == parameter_count_ && gradients.size() == parameter_count_,
          "{} parameters, {} gradients, made for {}", parameters.size(), gradients.size(),
          parameter_count_);
    const float factor = spec_.clip_norm > 0 ? clip_factor(gradients, spec_.clip_norm) : 1.0F;
    const double rate = spec_.rate * rate_factor(spec_.schedule, steps_taken_);
    ++steps_taken_;
    update(rate, factor, parameters, gradients);
  }

  void set_steps_taken(std::int64_t steps) final { steps_taken_ = steps; }

 protected:
  // The gradients are to be multiplied by `factor`.
  virtual void update(double rate, float factor, std::span<float> parameters,
                      std::span<const float> gradients) = 0;

  const OptimizerSpec& spec() const { return spec_; }
  // With the one that is being taken.
  std::int64_t steps_taken() const { return steps_taken_; }

 private:
  OptimizerSpec spec_;
  std::size_t parameter_count_;
  std::int64_t steps_taken_ = 0;
};

// Stochastic gradient descent with momentum: g = gradient + decay * w, v = momentum * v + g from
// v = 0, w = w - rate * v, and with Nesterov's look-ahead w = w - rate * (g + momentum * v). The
// form of torch.optim.SGD with dampening 0 (PyTorch documentation); that of Sutskever et al., "On
// the importance of initialization and momentum in deep learning", ICML 2013, multiplies the
// gradient, not the velocity, by the rate.
class Sgd final : public ScheduledOptimizer {
 public:
  Sgd(const OptimizerSpec& spec, std::size_t parameter_count)
      : ScheduledOptimizer(spec, parameter_count),
        velocity_(spec.momentum == 0 ? 0 : parameter_count) {}

  std::span<float> state() override { return velocity_.span(); }

 private:
  void update(double rate, float factor, std::span<float> parameters,
              std::span<const float> gradients) override {
    const auto step_size = static_cast<float>(rate);
    const auto decay = static_cast<float>(spec().weight_decay);
    const auto momentum = static_cast<float>(spec().momentum);
    if (velocity_.size() == 0) {
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i] -= step_size * (factor * gradients[i] + decay * parameters[i]);
      }
      return;
    }
    const bool looks_ahead = spec().kind == OptimizerKind::nesterov;
    const float ahead = looks_ahead ? momentum : 1.0F;
    const float direct = looks_ahead ? 1.0F : 0.0F;
    float* const velocity = velocity_.data();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const float gradient = factor * gradients[i] + decay * parameters[i];
      velocity[i] = momentum * velocity[i] + gradient;
      parameters[i] -= step_size * (direct * gradient + ahead * velocity[i]);
    }
  }

  AlignedBuffer<float> velocity_;
};

// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, both from 0; after t steps
// w = w - rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon). Kingma, Ba, "Adam: a
// method for stochastic optimization", ICLR 2015, algorithm 1. Weight decay is added to the
// gradient (adam), or w = (1 - rate * decay) w goes before (adamw: Loshchilov, Hutter, "Decoupled
// weight decay regularization", ICLR 2019, algorithm 2, in the form of torch.optim.AdamW, where the
// rate multiplies the decay).
class Adam final : public ScheduledOptimizer {
 public:
  Adam(const OptimizerSpec& spec, std::size_t parameter_count)
      : ScheduledOptimizer(spec, parameter_count), moments_(2 * parameter_count) {}

  std::span<float> state() override { return moments_.span(); }

 private:
  void update(double rate, float factor, std::span<float> parameters,
              std::span<const float> gradients) override {
    const auto steps = static_cast<double>(steps_taken());
    const bool decoupled = spec().kind == OptimizerKind::adamw;
    const auto kept = static_cast<float>(decoupled ? 1.0 - rate * spec().weight_decay : 1.0);
    const auto decay = static_cast<float>(decoupled ? 0.0 : spec().weight_decay);
    const auto beta1 = static_cast<float>(spec().beta1);
    const auto beta2 = static_cast<float>(spec().beta2);
    const auto rest1 = static_cast<float>(1.0 - spec().beta1);
    const auto rest2 = static_cast<float>(1.0 - spec().beta2);
    const auto step_size = static_cast<float>(rate / (1.0 - std::pow(spec().beta1, steps)));
    const auto unbias = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(spec().beta2, steps)));
    const auto epsilon = static_cast<float>(spec().epsilon);
    float* const mean = moments_.data();
    float* const square = moments_.data() + parameters.size();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const float gradient = factor * gradients[i] + decay * parameters[i];
      mean[i] = beta1 * mean[i] + rest1 * gradient;
      square[i] = beta2 * square[i] + rest2 * gradient * gradient;
      parameters[i] =
          kept * parameters[i] - step_size * mean[i] / (std::sqrt(square[i]) * unbias + epsilon);
    }
  }

  AlignedBuffer<float> moments_;  // of all parameters the means, then the squares
};

void require(bool valid, const char* name, double value, const char* allowed) {
  if (valid && std::isfinite(value)) return;
  throw std::invalid_argument(fmt::format("{} {}; allowed: {}", name, value, allowed));
}

void validate(const OptimizerSpec& spec) {
  require(spec.rate > 0, "learning rate", spec.rate, "finite, above 0");
  constexpr const char* kShare = "from 0 to below 1";
  require(spec.momentum >= 0 && spec.momentum < 1, "momentum", spec.momentum, kShare);
  require(spec.kind != OptimizerKind::nesterov || spec.momentum > 0, "nesterov with momentum",
          spec.momentum, "above 0 and below 1");
  require(spec.beta1 >= 0 && spec.beta1 < 1, "beta1", spec.beta1, kShare);
  require(spec.beta2 >= 0 && spec.beta2 < 1, "beta2", spec.beta2, kShare);
  require(spec.epsilon > 0, "epsilon", spec.epsilon, "finite, above 0");
  require(spec.weight_decay >= 0, "weight decay", spec.weight_decay, "finite, at least 0");
  require(spec.clip_norm >= 0, "clip norm", spec.clip_norm, "finite, at least 0");
  validate(spec.schedule);
}

}  // namespace

std::string to_string(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return "sgd";
    case OptimizerKind::nesterov:
      return "nesterov";
    case OptimizerKind::adam:
      return "adam";
    case OptimizerKind::adamw:
      return "adamw";
  }
  CHECK(false, "optimizer {}", static_cast<int>(kind));
}

std::string signature(const OptimizerSpec& spec) {
  const bool has_velocity = spec.kind == OptimizerKind::sgd && spec.momentum > 0;
  return to_string(spec.kind) + (has_velocity ? " with momentum" : "") +
         (spec.clip_norm > 0 ? ", clipped" : "");
}

std::string identity(const OptimizerSpec& spec) {
  const RateSchedule& schedule = spec.schedule;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", to_string(spec.kind), spec.rate,
                     spec.momentum, spec.beta1, spec.beta2, spec.epsilon, spec.weight_decay,
                     spec.clip_norm, to_string(schedule.kind), schedule.factor, schedule.every,
                     schedule.total, schedule.warm_up);
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSpec& spec, std::size_t parameter_count) {
  validate(spec);
  switch (spec.kind) {
    case OptimizerKind::sgd:
    case OptimizerKind::nesterov:
      return std::make_unique<Sgd>(spec, parameter_count);
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return std::make_unique<Adam>(spec, parameter_count);
  }
  CHECK(false, "optimizer {}", static_cast<int>(spec.kind));
}

}  // namespace gradwire
