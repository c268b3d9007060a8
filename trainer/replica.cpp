#include "trainer/replica.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "netmodel/check.hpp"
#include "trainer/quality/captioning.hpp"

namespace gradwire {
namespace {

// Rows that are evaluated at once: fewer where the model keeps many values of each, so that it
// takes no more than 256 MiB.
std::int64_t evaluation_rows(const ModelSpec& model) {
  constexpr std::int64_t kRowsMax = 250;
  constexpr std::int64_t kValuesMax = std::int64_t{1} << 26;
  return std::clamp<std::int64_t>(kValuesMax / cost_of(model).values, kBeamWidth, kRowsMax);
}

}  // namespace

Replica::Replica(const TrainingPlan& plan, Rank rank, Compute& compute, const Clock& clock,
                 std::int64_t batch)
    : plan_(plan), compute_(compute), clock_(clock) {
  if (!plan.data) return;
  const std::int64_t rows = std::max(batch, evaluation_rows(plan.model));
  model_ = make_model(plan.model, static_cast<int>(rows));
  model_->initialise(RandomStreams(plan.seed), rank);
  if (plan.initial_weights) {
    std::ranges::copy(plan.initial_weights->values, model_->parameters().begin());
  }
  optimizer_ = make_optimizer(plan.optimizer, model_->parameters().size());
}

Task<void> Replica::compute_gradients(std::span<const std::int64_t> indices,
                                      std::int64_t step_samples) {
  std::function<void()> work;
  if (is_computing()) {
    work = [this, indices, step_samples] {
      gather(plan_.data->train, indices, inputs_, labels_);
      const float scale = 1.0F / static_cast<float>(step_samples);
      loss_sum_ += model_->train({inputs_, labels_}, scale).loss_sum;
    };
  }
  const int rows = static_cast<int>(indices.size());
  const Duration cost = plan_.costs ? plan_.costs->gradients.of(rows) : Duration{};
  co_await timed(cost, std::move(work));
}

Task<void> Replica::compute_part(std::int64_t rows, double from, double to) {
  CHECK(!model_ && plan_.costs, "a part of a pass is only timed");
  const auto whole = static_cast<double>(plan_.costs->gradients.of(static_cast<int>(rows)).count());
  // Rounded at the same places by the next part: together they take as long as the whole.
  const auto at = [whole](double share) { return Duration(std::llround(whole * share)); };
  co_await timed(at(to) - at(from), {});
}

Task<void> Replica::update() {
  std::function<void()> work;
  if (is_computing())
    work = [this] { optimizer_->step(model_->parameters(), model_->gradients()); };
  const Duration cost = plan_.costs ? plan_.costs->update : Duration{};
  co_await timed(cost, std::move(work));
}

Task<void> Replica::timed(Duration cost, std::function<void()> work) {
  const TimePoint start = clock_.now();
  co_await compute_.run(cost, std::move(work));
  compute_time_ += clock_.now() - start;
}

Buffers Replica::gradients() { return is_computing() ? Buffers{model_->gradients()} : Buffers{}; }

Buffers Replica::parameters() { return is_computing() ? Buffers{model_->parameters()} : Buffers{}; }

Task<std::optional<Quality>> Replica::evaluate() {
  if (!model_) co_return std::nullopt;
  Quality quality;
  std::function<void()> work = [this, &quality] {
    const auto rows = static_cast<int>(evaluation_rows(plan_.model));
    quality = gradwire::evaluate(*model_, plan_.model, plan_.data->test, rows);
  };
  co_await compute_.run(Duration{}, std::move(work));
  co_return quality;
}

std::string Replica::hash() { return model_ ? sha256(model_->parameters()) : std::string(); }

NodeState Replica::state() {
  CHECK(is_computing(), "no state without arithmetic");
  const std::span<const float> parameters = model_->parameters();
  const std::span<const float> optimizer = optimizer_->state();
  NodeState state;
  state.parameters.assign(parameters.begin(), parameters.end());
  state.optimizer.assign(optimizer.begin(), optimizer.end());
  state.loss_sum = loss_sum_;
  return state;
}

void Replica::restore(const NodeState& state, std::int64_t steps) {
  CHECK(model_ && state.parameters.size() == model_->parameters().size() &&
            state.optimizer.size() == optimizer_->state().size(),
        "a state of {} parameters", state.parameters.size());
  std::ranges::copy(state.parameters, model_->parameters().begin());
  std::ranges::copy(state.optimizer, optimizer_->state().begin());
  optimizer_->set_steps_taken(steps);
  model_->set_steps_taken(steps);
  loss_sum_ = state.loss_sum;
  idle_ = false;
}

double Replica::take_loss_sum() { return std::exchange(loss_sum_, 0.0); }

std::string sha256(std::span<const float> values) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  const auto bytes = std::as_bytes(values);
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace gradwire
