#include "sim/runners/trained_captioner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <variant>

#include "sim/results/results_error.hpp"
#include "sim/runners/trained_model.hpp"
#include "trainer/data/data_file.hpp"
#include "trainer/data/jpeg.hpp"
#include "trainer/data/npy.hpp"
#include "trainer/nn/backend.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = kCaptionRowsMax;

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
  const TrainedModel trained = load_trained_model(folder, point, repeat);
  const TrainingPlan& training = trained.run.training;
  if (!trained.run.scenario.data.has_captions()) {
    throw ResultsError(fmt::format("{}: not the results of a captioner", folder.string()));
  }
  use_threads(1);
  data_ = training.data;
  search_ = training.captions;
  model_ = make_model(training.model, kRows);
  model_->initialise(RandomStreams(training.seed));
  std::ranges::copy(trained.parameters, model_->parameters().begin());
}

std::vector<float> TrainedCaptioner::read_pictures(const fs::path& file) const {
  const Split& like = data_->train;
  const bool has_pixels = like.features.empty();
  if (is_jpeg_name(file)) {
    if (!has_pixels) {
      throw DataError(
          fmt::format("{}: a photograph for a captioner of features; allowed: an array "
                      "of NumPy, as sim features makes it",
                      file.string()));
    }
    const Split picture{.shape = like.shape,
                        .classes = like.classes,
                        .scale = like.scale,
                        .pixels = read_jpeg(file, {like.shape.height, like.shape.width})};
    std::vector<float> values(static_cast<std::size_t>(like.shape.features()));
    gather_picture(picture, 0, values.data());
    return values;
  }
  const NpyArray array = read_npy(file);
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

std::vector<Words> TrainedCaptioner::describe(std::span<const float> pictures,
                                              const CaptionSearch& search) {
  return write_captions(*model_, *data_->train.words, pictures, search, kRows);
}

}  // namespace gradwire
