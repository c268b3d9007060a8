#include "sim/runners/trained_model.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/results/results_error.hpp"
#include "sim/runners/data_source.hpp"
#include "sim/scenario/plan.hpp"
#include "trainer/checkpoint.hpp"
#include "trainer/nn/backend.hpp"
#include "trainer/nn/model.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

fs::path weights_in(const fs::path& folder, int point, int repeat) {
  const std::string name = checkpoint_name(point, repeat);
  for (const char* kind : {kWeightsFolder, kCheckpointsFolder}) {
    if (fs::exists(folder / kind / name)) return folder / kind / name;
  }
  throw ResultsError(
      fmt::format("{}: no weights of point {}, repeat {}; run the scenario with training.weights: "
                  "kept (points that learn the same keep those of the first)",
                  folder.string(), point, repeat));
}

}  // namespace

TrainedModel load_trained_model(const fs::path& folder, int point, int repeat) {
  if (!fs::exists(folder / kScenarioFile)) {
    throw ResultsError(
        fmt::format("{}: no {} in this folder; run the scenario with "
                    "training.weights: kept",
                    folder.string(), kScenarioFile));
  }
  const Plan plan = load_plan(folder / kScenarioFile);
  if (point < 0 || point >= static_cast<int>(plan.points.size())) {
    throw ResultsError(fmt::format("{}: no point {}; allowed: 0 to {}", folder.string(), point,
                                   plan.points.size() - 1));
  }
  const Point& chosen = plan.points[static_cast<std::size_t>(point)];
  const fs::path file = weights_in(folder, point, repeat);
  DataSource source;
  PointRun run = make_point_run(chosen, repeat, source, nullptr, true);
  Checkpoint checkpoint = read_checkpoint(file);
  if (checkpoint.training != checkpoint_key(run.training) || checkpoint.nodes.empty()) {
    throw DataError(fmt::format("{}: weights of another training", file.string()));
  }
  std::vector<float> parameters = std::move(checkpoint.nodes.front().parameters);
  const std::int64_t count = parameter_count(run.training.model);
  if (static_cast<std::int64_t>(parameters.size()) != count) {
    throw DataError(
        fmt::format("{}: {} weights of a model of {}", file.string(), parameters.size(), count));
  }
  return {std::move(run), std::move(parameters)};
}

std::vector<NamedTensor> named_weights(const TrainedModel& trained) {
  const TrainingPlan& training = trained.run.training;
  use_threads(1);
  const std::unique_ptr<Model> model = make_model(training.model, 1);
  model->initialise(RandomStreams(training.seed));  // for what is frozen
  return named_weights(training.model, trained.parameters, model->frozen());
}

}  // namespace gradwire
