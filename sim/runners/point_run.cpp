#include "sim/runners/point_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "netmodel/check.hpp"
#include "sim/runners/trajectories.hpp"
#include "trainer/nn/models.hpp"
#include "trainer/nn/split_model.hpp"

namespace gradwire {
namespace {

// The layers before the output layer.
std::vector<LayerSpec> hidden_layers(const Scenario::Model& model, const DataSource::Shape& shape) {
  if (model.kind == Scenario::ModelKind::layers) return model.layers;
  if (model.kind == Scenario::ModelKind::edge_popup_conv) return residual_net(model.kernel);
  if (model.kind == Scenario::ModelKind::vgg16) return vgg16();
  const std::vector<int> widths =
      model.depth
          ? widths_at_depth(shape.sample.features(), shape.classes, model.hidden, *model.depth)
          : model.hidden;
  std::vector<LayerSpec> layers;
  for (const int neurons : widths) {
    layers.push_back(dense(neurons));
    layers.push_back(activation(model.activation));
  }
  return layers;
}

// Likewise of the captioner, which depends on what it reads.
std::vector<LayerSpec> captioner_layers(const Scenario::Model& model,
                                        const DataSource::Shape& shape) {
  const bool has_pixels = shape.sample.channels > 1;
  return captioner({.vocabulary = shape.classes,
                    .words = shape.words,
                    .image = shape.sample,
                    .extractor = model.extractor.value_or(has_pixels ? small_extractor()
                                                                     : std::vector<LayerSpec>{}),
                    .width = model.width,
                    .dropout = model.dropout});
}

ModelSpec model_of(const Scenario& scenario, const DataSource::Shape& shape) {
  const Scenario::Model& model = scenario.model;
  if (model.kind == Scenario::ModelKind::profile) {
    return {.input = shape.sample, .layers = {}, .profile = model.profile};
  }
  const bool is_captioner = model.kind == Scenario::ModelKind::captioner;
  const SampleShape both{.width = shape.sample.features() + shape.words};
  ModelSpec spec{
      .input = is_captioner ? both : shape.sample,
      .layers = is_captioner ? captioner_layers(model, shape) : hidden_layers(model, shape),
      .loss = model.loss,
      .focal_gamma = model.focal_gamma,
      .initialiser = model.initialiser,
      .rank = model.rank};
  const bool has_scores = model.keep.has_value();
  if (has_scores) spec.layers = with_scores(std::move(spec.layers), *model.keep);
  spec.layers.push_back(dense(shape.classes));
  if (has_scores) spec.layers.back().keep = 1.0;
  return spec;
}

StrategySpec strategy_of(const Scenario& scenario) {
  if (std::holds_alternative<Scenario::Single>(scenario.strategy)) return SingleNode{};
  if (const auto* all_reduce = std::get_if<Scenario::AllReduce>(&scenario.strategy)) {
    return AllReduce{all_reduce->algorithm == Scenario::Algorithm::ring
                         ? AllReduce::Algorithm::ring
                         : AllReduce::Algorithm::all_to_all,
                     all_reduce->segments};
  }
  const auto& server = std::get<Scenario::ParameterServer>(scenario.strategy);
  return ParameterServer{server.server == Scenario::Server::dedicated};
}

SamplePlan samples_of(const Scenario& scenario, const DataSource::Shape& shape) {
  SamplePlan plan;
  plan.samples = shape.train_samples;
  plan.global_batch = scenario.global_batch();
  plan.training_nodes = scenario.training_nodes();
  plan.partition = scenario.partition;
  plan.classes = shape.classes;
  plan.epochs = scenario.training.epochs;
  if (const auto* steps = std::get_if<Scenario::Steps>(&scenario.training.epoch)) {
    plan.fixed_steps = steps->count;
  } else {
    plan.global_batch = std::min(plan.global_batch, plan.samples);
  }
  return plan;
}

OptimizerSpec optimizer_of(const Scenario& scenario, const DataSource::Shape& shape) {
  const auto& optimizer = scenario.training.optimizer;
  const auto steps_of = [steps = samples_of(scenario, shape).steps_per_epoch()](double epochs) {
    return std::llround(epochs * static_cast<double>(steps));
  };
  const Scenario::Schedule& schedule = optimizer.schedule;
  return {.kind = optimizer.kind,
          .rate = optimizer.rate,
          .momentum = optimizer.momentum,
          .beta1 = optimizer.beta1,
          .beta2 = optimizer.beta2,
          .epsilon = optimizer.epsilon,
          .weight_decay = optimizer.weight_decay,
          .clip_norm = optimizer.clip_norm.value_or(0.0),
          .schedule = {.kind = schedule.kind,
                       .factor = schedule.factor,
                       .every = steps_of(schedule.every_epochs),
                       .total = steps_of(scenario.training.epochs),
                       .warm_up = steps_of(schedule.warm_up_epochs)}};
}

// The batch of a node in a full step; shares of one step differ by one sample at most.
int rows_of_full_step(const SamplePlan& samples) {
  if (samples.partition.is_by_features()) return static_cast<int>(samples.global_batch);
  return static_cast<int>((samples.global_batch + samples.training_nodes - 1) /
                          samples.training_nodes);
}

Costs costs_of(const Scenario& scenario, const DataSource::Shape& shape,
               const Calibration& calibration) {
  CHECK(calibration.reduce(), "the calibration does not say what sums cost");
  const CostNeed need = cost_need(scenario, shape);
  const int rows = rows_of_full_step(samples_of(scenario, shape));
  if (const auto* step = std::get_if<Scenario::StepTime>(&scenario.nodes.cost)) {
    return {StepCost({{rows, step->value}}), Duration{}, *calibration.reduce()};
  }
  if (const auto* flops = std::get_if<Scenario::Flops>(&scenario.nodes.cost)) {
    const double seconds = flops_per_sample(need.model) * rows / flops->per_second;
    return {StepCost({{rows, from_seconds(seconds)}}), Duration{}, *calibration.reduce()};
  }
  if (const auto* device = std::get_if<Scenario::Device>(&scenario.nodes.cost)) {
    return costs_on(*device->profile, need.model, need.optimizer, rows);
  }
  if (has_times(need.model.profile)) {
    return {StepCost({{rows, step_time(need.model.profile)}}), Duration{}, *calibration.reduce()};
  }
  return calibration.costs(need);
}

}  // namespace

std::uint64_t seed_of(const Scenario& scenario, int repeat) {
  return scenario.training.seed + static_cast<std::uint64_t>(repeat);
}

NetworkSpec network_of(const Scenario& scenario, int repeat) {
  const Scenario::Network& network = scenario.network;
  const auto cable = [&network](const Scenario::Host& host) {
    return Cable{host.bandwidth, host.latency,  network.jitter,      network.loss,
                 network.queue,  network.burst, network.jitter_shape};
  };
  NetworkSpec spec{.shape = network.shape,
                   .cables = {},
                   .between_switches = cable(network.host),
                   .routing = network.routing,
                   .seed = seed_of(scenario, repeat)};
  for (Rank host = 0; host < network.nodes; ++host) {
    spec.cables.push_back(cable(network.host_of(host)));
  }
  return spec;
}

CostNeed cost_need(const Scenario& scenario, const DataSource::Shape& shape) {
  CostNeed need{model_of(scenario, shape), optimizer_of(scenario, shape), {}, shape.captions};
  if (scenario.partition.is_by_features()) {
    const int nodes = scenario.training_nodes();
    check_can_split(need.model, nodes);
    need.model = model_of_part(need.model, (need.model.input.features() + nodes - 1) / nodes);
  }
  if (std::holds_alternative<Scenario::Calibrated>(scenario.nodes.cost) &&
      need.model.profile.empty()) {
    // One row and a full step: what lies between (the last step of a pass) is interpolated.
    need.rows = {1, rows_of_full_step(samples_of(scenario, shape))};
  }
  return need;
}

TrainingPlan training_of(const Scenario& scenario, int repeat, const DataSource::Shape& shape) {
  return {.model = model_of(scenario, shape),
          .optimizer = optimizer_of(scenario, shape),
          .strategy = strategy_of(scenario),
          .bucket = scenario.model.bucket,
          .samples = samples_of(scenario, shape),
          .costs = {},
          .seed = seed_of(scenario, repeat),
          .data = nullptr,
          .augmentation = scenario.data.augmentation,
          .captions = scenario.model.captions,
          .hashed_steps = {}};
}

std::string checkpoint_name(int point, int repeat) {
  return fmt::format("point-{}-repeat-{}.checkpoint", point, repeat);
}

std::string checkpoint_key(const TrainingPlan& training) {
  // The key without the address of the data, which no other process has.
  TrainingPlan described = training;
  described.data = nullptr;
  described.hashed_steps.clear();
  return trajectory_key(described);
}

void keep_checkpoints(PointRun& run, const std::filesystem::path& folder,
                      Checkpoints::Earlier earlier) {
  const auto every = run.scenario.training.checkpoint;
  if (!every) return;
  std::filesystem::create_directories(folder);
  run.checkpoint_file = std::make_shared<CheckpointFile>(
      folder / checkpoint_name(run.point, run.repeat), checkpoint_key(run.training),
      run.topology->hosts(), *every, earlier);
  run.training.checkpoints = run.checkpoint_file;
}

void keep_weights(PointRun& run, const std::filesystem::path& folder) {
  if (!run.scenario.training.keeps_weights) return;
  std::filesystem::create_directories(folder);
  run.training.keep_final = [file = folder / checkpoint_name(run.point, run.repeat),
                             key = checkpoint_key(run.training),
                             steps = run.training.samples.steps()](NodeState state) {
    write_checkpoint(file, {key, steps, {std::move(state)}});
  };
}

PointRun make_point_run(const Point& point, int repeat, DataSource& data,
                        const Calibration* calibration, bool with_data) {
  const Scenario& scenario = point.scenario;
  const DataSource::Shape shape = data.shape(scenario.data);
  PointRun run{.scenario = scenario,
               .point = point.index,
               .repeat = repeat,
               .training = training_of(scenario, repeat, shape),
               .topology = make_topology(network_of(scenario, repeat)),
               .measure = {}};
  if (with_data) run.training.data = data.get(scenario.data);
  if (with_data && scenario.model.weights) {
    run.training.initial_weights = data.weights(*scenario.model.weights, run.training.model);
  }
  if (needs_labels(scenario.partition)) {
    const auto dataset = data.get(scenario.data);
    run.training.samples.labels = {dataset, &dataset->train.labels};
  }
  if (calibration != nullptr) run.training.costs = costs_of(scenario, shape, *calibration);
  if (const auto* steps = std::get_if<Scenario::MeasureSteps>(&scenario.measure)) {
    run.measure = *steps;
  }
  return run;
}

}  // namespace gradwire
