#include "sim/runners/trained_captioner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <variant>

#include "sim/results/results_error.hpp"
#include "sim/runners/point_run.hpp"
#include "sim/scenario/plan.hpp"
#include "trainer/checkpoint.hpp"
#include "trainer/data/data_file.hpp"
#include "trainer/data/npy.hpp"
#include "trainer/nn/backend.hpp"
#include "trainer/quality/captioning.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = kBeamMax;

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

// Turns [height, width, channels] into planes.
void add_planes(const std::uint8_t* pixels, const SampleShape& shape,
                std::vector<std::uint8_t>& planes) {
  for (int channel = 0; channel < shape.channels; ++channel) {
    for (int i = 0; i < shape.height * shape.width; ++i) {
      planes.push_back(pixels[i * shape.channels + channel]);
    }
  }
}

std::vector<std::int64_t> shape_of_one(const SampleShape& shape, bool has_pixels) {
  if (!has_pixels) return {shape.width};
  return {shape.height, shape.width, shape.channels};
}

}  // namespace

TrainedCaptioner::TrainedCaptioner(const fs::path& folder, int point, int repeat) {
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
  if (!chosen.scenario.data.has_captions()) {
    throw ResultsError(fmt::format("{}: not the results of a captioner", folder.string()));
  }
  const fs::path file = weights_in(folder, point, repeat);
  DataSource source;
  const PointRun run = make_point_run(chosen, repeat, source, nullptr, true);
  const Checkpoint checkpoint = read_checkpoint(file);
  if (checkpoint.training != checkpoint_key(run.training) || checkpoint.nodes.empty()) {
    throw DataError(fmt::format("{}: weights of another training", file.string()));
  }
  use_threads(1);
  data_ = run.training.data;
  model_ = make_model(run.training.model, kRows);
  model_->initialise(RandomStreams(run.training.seed));
  const std::vector<float>& parameters = checkpoint.nodes.front().parameters;
  if (parameters.size() != model_->parameters().size()) {
    throw DataError(fmt::format("{}: {} weights of a model of {}", file.string(), parameters.size(),
                                model_->parameters().size()));
  }
  std::ranges::copy(parameters, model_->parameters().begin());
}

std::vector<float> TrainedCaptioner::read_pictures(const fs::path& file) const {
  const NpyArray array = read_npy(file);
  const Split& like = data_->train;
  const bool has_pixels = like.features.empty();
  const std::vector<std::int64_t> one = shape_of_one(like.shape, has_pixels);
  std::vector<std::int64_t> shape = array.shape;
  if (shape.size() == one.size()) shape.insert(shape.begin(), 1);
  const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&array.values);
  const bool fits = shape.size() == one.size() + 1 && (bytes != nullptr) == has_pixels &&
                    std::equal(one.begin(), one.end(), shape.begin() + 1);
  if (!fits) {
    fail_at(file, 0,
            fmt::format("an array of [{}]; allowed: {} of [{}] or of several such",
                        fmt::join(array.shape, ", "), has_pixels ? "bytes" : "floats",
                        fmt::join(one, ", ")));
  }
  const auto features = static_cast<std::size_t>(like.shape.features());
  const auto count = static_cast<std::size_t>(shape.front());
  if (!has_pixels) return std::get<std::vector<float>>(array.values);
  Split pictures{.shape = like.shape, .classes = like.classes, .scale = like.scale};
  std::vector<float> values(count * features);
  for (std::size_t i = 0; i < count; ++i) {
    add_planes(bytes->data() + i * features, like.shape, pictures.pixels);
    gather_picture(pictures, static_cast<std::int64_t>(i), values.data() + i * features);
  }
  return values;
}

std::vector<Words> TrainedCaptioner::describe(std::span<const float> pictures, int width) {
  return write_captions(*model_, *data_->train.words, pictures, width, kRows);
}

}  // namespace gradwire
