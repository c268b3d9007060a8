#include "trainer/replica.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "netmodel/check.hpp"
#include "trainer/collectives/chunks.hpp"

namespace gradwire {
namespace {

// Rows that are evaluated at once: fewer where the model keeps many values of each, so that it
// takes no more than 256 MiB.
std::int64_t evaluation_rows(const ModelSpec& model, const CaptionSearch& captions) {
  constexpr std::int64_t kRowsMax = 250;
  constexpr std::int64_t kValuesMax = std::int64_t{1} << 26;
  return std::clamp<std::int64_t>(kValuesMax / cost_of(model).values, rows_of(captions), kRowsMax);
}

// The features of a rank, of a plan that splits them.
FeatureRange features_of(const TrainingPlan& plan, Rank rank) {
  const Range range = chunk(plan.model.input.features(), plan.samples.training_nodes, rank);
  return {static_cast<int>(range.begin), static_cast<int>(range.count)};
}

}  // namespace

Replica::Replica(const TrainingPlan& plan, Rank rank, Compute& compute, const Clock& clock,
                 std::int64_t batch)
    : plan_(plan),
      compute_(compute),
      clock_(clock),
      noise_node_(plan.samples.partition.is_by_features() ? 0 : rank) {
  const bool is_part = plan.samples.partition.is_by_features();
  if (is_part) share_before_sums_ = share_before_sums(plan.model, features_of(plan, 0).count);
  if (!plan.data) return;
  const std::int64_t rows =
      std::max(is_part ? 1 : batch, evaluation_rows(plan.model, plan.captions));
  model_ = make_model(plan.model, static_cast<int>(rows));
  model_->initialise(RandomStreams(plan.seed), rank);
  if (plan.initial_weights) {
    std::ranges::copy(plan.initial_weights->values, model_->parameters().begin());
  }
  if (is_part) {
    part_.emplace(plan.model, features_of(plan, rank), static_cast<int>(batch));
    part_->take(model_->parameters(), model_->frozen());
    part_->draw_from(RandomStreams(plan.seed));
  }
  parameters_ = part_ ? part_->parameters() : model_->parameters();
  gradients_ = part_ ? part_->gradients() : model_->gradients();
  optimizer_ = make_optimizer(plan.optimizer, parameters_.size());
}

Task<void> Replica::compute_gradients(std::span<const std::int64_t> indices,
                                      std::int64_t step_samples) {
  std::function<void()> work;
  if (is_computing()) {
    work = [this, indices, step_samples] {
      take_batch(indices);
      const float scale = 1.0F / static_cast<float>(step_samples);
      loss_sum_ += model_->train({inputs_, labels_}, scale).loss_sum;
    };
  }
  const int rows = static_cast<int>(indices.size());
  const Duration cost = plan_.costs ? plan_.costs->gradients.of(rows) : Duration{};
  co_await timed(cost, std::move(work));
}

Task<void> Replica::begin_pass(std::span<const std::int64_t> indices) {
  const auto rows = static_cast<std::int64_t>(indices.size());
  sums_ = rows * first_layer_sums(plan_.model);
  std::function<void()> work;
  if (is_computing()) {
    work = [this, indices] {
      take_batch(indices);
      const auto [begin, count] = part_->features();
      const int all = plan_.model.input.features();
      own_inputs_.clear();
      for (auto row = inputs_.begin(); row != inputs_.end(); row += all) {
        own_inputs_.insert(own_inputs_.end(), row + begin, row + begin + count);
      }
      part_->begin(own_inputs_, static_cast<int>(indices.size()));
    };
  }
  co_await timed(cost_of_part(rows, 0.0, share_before_sums_), std::move(work));
}

Task<void> Replica::finish_pass(std::span<const std::int64_t> indices, std::int64_t step_samples) {
  std::function<void()> work;
  if (is_computing()) {
    work = [this, step_samples] {
      const float scale = 1.0F / static_cast<float>(step_samples);
      loss_sum_ += part_->finish(own_inputs_, labels_, scale).loss_sum;
    };
  }
  const auto rows = static_cast<std::int64_t>(indices.size());
  co_await timed(cost_of_part(rows, share_before_sums_, 1.0), std::move(work));
}

void Replica::take_batch(std::span<const std::int64_t> indices) {
  const Split& train = plan_.data->train;
  gather(train, indices, inputs_, labels_);
  const auto pass = static_cast<std::uint64_t>(passes_++);
  if (!plan_.augmentation.does_something()) return;
  const auto node = static_cast<std::uint64_t>(noise_node_);
  augment(plan_.augmentation, train.shape, train.inputs(), inputs_,
          RandomStreams(plan_.seed).stream("augmentation", node, pass));
}

Task<void> Replica::compute_part(std::int64_t rows, double from, double to) {
  CHECK(!model_ && plan_.costs, "a part of a pass is only timed");
  co_await timed(cost_of_part(rows, from, to), {});
}

Duration Replica::cost_of_part(std::int64_t rows, double from, double to) const {
  if (!plan_.costs) return {};
  const auto whole = static_cast<double>(plan_.costs->gradients.of(static_cast<int>(rows)).count());
  // Rounded at the same places by the next part: together they take as long as the whole.
  const auto at = [whole](double share) { return Duration(std::llround(whole * share)); };
  return at(to) - at(from);
}

Task<void> Replica::update() {
  std::function<void()> work;
  if (is_computing()) work = [this] { optimizer_->step(parameters_, gradients_); };
  const Duration cost = plan_.costs ? plan_.costs->update : Duration{};
  co_await timed(cost, std::move(work));
}

Task<void> Replica::timed(Duration cost, std::function<void()> work) {
  const TimePoint start = clock_.now();
  co_await compute_.run(cost, std::move(work));
  compute_time_ += clock_.now() - start;
}

Buffers Replica::gradients() { return is_computing() ? Buffers{gradients_} : Buffers{}; }

Buffers Replica::parameters() { return is_computing() ? Buffers{parameters_} : Buffers{}; }

Buffers Replica::sums() {
  if (!is_computing()) return {};
  return {part_->sums().first(static_cast<std::size_t>(sums_))};
}

Buffers Replica::first_weights() {
  if (!is_computing()) return {};
  part_->put(model_->parameters());
  return {model_->parameters().first(part_->weights_of_all())};
}

Task<std::optional<Quality>> Replica::evaluate() {
  if (!model_) co_return std::nullopt;
  Quality quality;
  std::function<void()> work = [this, &quality] {
    const auto rows = static_cast<int>(evaluation_rows(plan_.model, plan_.captions));
    quality = gradwire::evaluate(*model_, plan_.model, plan_.data->test, rows, plan_.captions);
  };
  co_await compute_.run(Duration{}, std::move(work));
  co_return quality;
}

std::string Replica::hash() { return model_ ? sha256(parameters_) : std::string(); }

NodeState Replica::state() {
  CHECK(is_computing(), "no state without arithmetic");
  const std::span<const float> optimizer = optimizer_->state();
  NodeState state;
  state.parameters.assign(parameters_.begin(), parameters_.end());
  state.optimizer.assign(optimizer.begin(), optimizer.end());
  state.loss_sum = loss_sum_;
  return state;
}

NodeState Replica::whole_state() {
  NodeState whole = state();
  const std::span<const float> parameters = model_->parameters();
  whole.parameters.assign(parameters.begin(), parameters.end());
  return whole;
}

void Replica::restore(const NodeState& state, std::int64_t steps) {
  CHECK(model_ && state.parameters.size() == parameters_.size() &&
            state.optimizer.size() == optimizer_->state().size(),
        "a state of {} parameters", state.parameters.size());
  std::ranges::copy(state.parameters, parameters_.begin());
  std::ranges::copy(state.optimizer, optimizer_->state().begin());
  optimizer_->set_steps_taken(steps);
  model_->set_steps_taken(steps);
  passes_ = steps;
  if (part_) part_->set_steps_taken(steps);
  loss_sum_ = state.loss_sum;
  idle_ = false;
}

double Replica::take_loss_sum() { return std::exchange(loss_sum_, 0.0); }

std::string sha256(std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return sha256(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string sha256(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string hexadecimal;
  for (const unsigned char byte : digest) hexadecimal += fmt::format("{:02x}", byte);
  return hexadecimal;
}

}  // namespace gradwire
