#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {
namespace {

constexpr NumberType kMemory = {.min = 0.0, .max = 1.0, .below_max = true};

void add_length(std::vector<Key>& keys) {
  keys.push_back({.name = "training.batch.per_node",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "32",
                  .help = "Samples that each training node takes a step.",
                  .alternative = {"training.batch", 1}});
  keys.push_back({.name = "training.batch.global",
                  .type = IntegerType{1, kSamplesMax},
                  .help = "Samples that the training nodes share a step, instead of `per_node`.",
                  .alternative = {"training.batch", 2}});
  keys.push_back({.name = "training.epoch",
                  .type = ChoiceType{{"pass"}},
                  .fallback = "pass",
                  .help = "An epoch is one pass over the training data, which the training nodes "
                          "share.",
                  .alternative = {"training.epoch", 1}});
  keys.push_back({.name = "training.epoch.steps",
                  .type = IntegerType{1, kStepsMax},
                  .help = "An epoch is so many steps, instead of `pass`.",
                  .alternative = {"training.epoch", 2}});
  keys.push_back({.name = "training.epochs",
                  .type = IntegerType{1, kEpochsMax},
                  .fallback = "1",
                  .help = "How many epochs to train."});
}

void add_checkpoint(std::vector<Key>& keys) {
  keys.push_back({.name = "training.checkpoint",
                  .type = IntegerType{1, kStepsMax},
                  .help = "Keep the state of the training after every so many steps: the same "
                          "command goes on from there after a kill. Without it, unfinished repeats "
                          "begin anew. Real modes need `measure: all` for it."});
}

void add_weights(std::vector<Key>& keys) {
  keys.push_back({.name = "training.weights",
                  .type = ChoiceType{{"dropped", "kept"}},
                  .fallback = "dropped",
                  .help = "`kept`: the state at the end of every training that was run to its end "
                          "is in the folder `weights` of the results, for `sim caption` and `sim "
                          "export`."});
}

void add_optimizer(std::vector<Key>& keys) {
  keys.push_back({.name = "training.optimizer.kind",
                  .type = ChoiceType{{"sgd", "nesterov", "adam", "adamw"}},
                  .fallback = "sgd",
                  .help = "Stochastic gradient descent; with Nesterov momentum; Adam; Adam with "
                          "decoupled weight decay. The forms are those of PyTorch."});
  keys.push_back({.name = "training.optimizer.rate",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1'000'000.0},
                  .fallback = "0.05",
                  .help = "Learning rate."});
  keys.push_back({.name = "training.optimizer.momentum",
                  .type = kMemory,
                  .fallback = "0",
                  .help = "Momentum; `nesterov` needs some.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"sgd", "nesterov"}}});
  keys.push_back({.name = "training.optimizer.beta1",
                  .type = kMemory,
                  .fallback = "0.9",
                  .help = "Memory of the mean of the gradients.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"adam", "adamw"}}});
  keys.push_back({.name = "training.optimizer.beta2",
                  .type = kMemory,
                  .fallback = "0.999",
                  .help = "Memory of the mean of their squares.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"adam", "adamw"}}});
  keys.push_back({.name = "training.optimizer.epsilon",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1.0},
                  .fallback = "1e-8",
                  .help = "Keeps the division by the root of that mean finite.",
                  .only_with = KeyHasValue{"training.optimizer.kind", {"adam", "adamw"}}});
  keys.push_back({.name = "training.optimizer.weight_decay",
                  .type = NumberType{.min = 0.0, .max = 1'000'000.0},
                  .fallback = "0",
                  .help = "Share of the parameters that is added to their gradient; with `adamw` "
                          "subtracted from them, times the learning rate."});
  keys.push_back({.name = "training.optimizer.clip_norm",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1'000'000.0},
                  .help = "Largest norm of the whole summed gradient; a longer one is scaled down "
                          "to it."});
}

void add_schedule(std::vector<Key>& keys) {
  keys.push_back({.name = "training.optimizer.schedule.kind",
                  .type = ChoiceType{{"constant", "step", "cosine"}},
                  .fallback = "constant",
                  .help = "The learning rate stays; or is multiplied by `factor` every so many "
                          "epochs; or falls along half a cosine to 0 at the end of the training."});
  keys.push_back({.name = "training.optimizer.schedule.factor",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1.0},
                  .fallback = "0.1",
                  .help = "Factor of each change.",
                  .only_with = KeyHasValue{"training.optimizer.schedule.kind", {"step"}}});
  keys.push_back({.name = "training.optimizer.schedule.every",
                  .type = IntegerType{1, kEpochsMax},
                  .fallback = "1",
                  .help = "Epochs from change to change.",
                  .only_with = KeyHasValue{"training.optimizer.schedule.kind", {"step"}}});
  keys.push_back({.name = "training.optimizer.schedule.warm_up",
                  .type = NumberType{.min = 0.0, .max = static_cast<double>(kEpochsMax)},
                  .fallback = "0",
                  .help = "Epochs, or a fraction of one, over which the learning rate first rises "
                          "linearly, step by step."});
}

void add_seed(std::vector<Key>& keys) {
  keys.push_back({.name = "training.seed",
                  .type = IntegerType{0, kSeedMax},
                  .fallback = "1",
                  .help = "Seed of weights, shuffling and everything else that is drawn. Repeat r, "
                          "counted from 0, uses `seed` + r."});
}

}  // namespace

void add_training_keys(std::vector<Key>& keys) {
  add_length(keys);
  add_optimizer(keys);
  add_schedule(keys);
  add_seed(keys);
  add_checkpoint(keys);
  add_weights(keys);
}

}  // namespace gradwire
