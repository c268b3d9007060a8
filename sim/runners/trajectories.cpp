#include "sim/runners/trajectories.hpp"

#include <fmt/format.h>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

std::string key_of(const StrategySpec& strategy) {
  if (const auto* all_reduce = std::get_if<AllReduce>(&strategy)) {
    return all_reduce->algorithm == AllReduce::Algorithm::ring ? "ring" : "all-to-all";
  }
  if (const auto* server = std::get_if<ParameterServer>(&strategy)) {
    return server->dedicated ? "dedicated server" : "server";
  }
  return "single";
}

void merge(const RepeatResult& learned, RepeatResult& timing) {
  CHECK(learned.steps_run == timing.steps_run, "{} and {} steps", learned.steps_run,
        timing.steps_run);
  timing.loss = learned.loss;
  timing.accuracy = learned.accuracy;
  timing.weights_sha256 = learned.weights_sha256;
  timing.weight_hashes = learned.weight_hashes;
  timing.confusion = learned.confusion;
  for (std::size_t i = 0; i < timing.epoch_results.size(); ++i) {
    timing.epoch_results[i].loss = learned.epoch_results[i].loss;
    timing.epoch_results[i].accuracy = learned.epoch_results[i].accuracy;
    timing.epoch_results[i].scores = learned.epoch_results[i].scores;
  }
}

}  // namespace

std::string trajectory_key(const TrainingPlan& training) {
  std::string key = fmt::format("{}|{}|{}|{}|{} {} {} {} {}|{}|{}|", identity(training.model),
                                identity(training.optimizer), key_of(training.strategy),
                                identity(training.samples.partition), training.samples.samples,
                                training.samples.global_batch, training.samples.training_nodes,
                                training.samples.epochs, training.samples.fixed_steps.value_or(0),
                                training.seed, static_cast<const void*>(training.data.get()));
  if (training.initial_weights) key += training.initial_weights->sha256 + "|";
  if (training.augmentation.does_something()) key += identity(training.augmentation) + "|";
  if (training.captions != CaptionSearch{}) {
    key += fmt::format("beam {} {} {} {} {}|", training.captions.width,
                       training.captions.length_penalty, training.captions.no_repeat,
                       training.captions.samples, training.captions.drafts);
  }
  for (const std::int64_t step : training.hashed_steps) key += std::to_string(step) + " ";
  return key;
}

RepeatResult Trajectories::share(const TrainingPlan& training, const Compute& compute_all,
                                 const Compute& compute_timing) {
  std::promise<RepeatResult> promise;
  std::shared_future<RepeatResult> future;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    Known& known = known_[trajectory_key(training)];
    is_first = !known.result.valid();
    if (is_first) known = {training, promise.get_future().share()};
    // The key lists what these consist of: it must not have missed anything.
    CHECK(known.training.model == training.model && known.training.optimizer == training.optimizer,
          "different trainings of {}", signature(training.model));
    future = known.result;
  }
  if (!is_first) {
    RepeatResult timing = compute_timing();
    merge(future.get(), timing);
    return timing;
  }
  try {
    RepeatResult all = compute_all();
    promise.set_value(all);
    return all;
  } catch (...) {
    promise.set_exception(std::current_exception());
    throw;
  }
}

}  // namespace gradwire
