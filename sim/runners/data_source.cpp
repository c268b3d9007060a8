#include "sim/runners/data_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "trainer/data/cifar10.hpp"
#include "trainer/data/digits.hpp"
#include "trainer/data/flickr8k.hpp"
#include "trainer/data/idx.hpp"
#include "trainer/data/image_folders.hpp"
#include "trainer/data/next_words.hpp"
#include "trainer/data/scenes.hpp"
#include "trainer/data/shapes.hpp"

namespace gradwire {
namespace {

// Every run sees the same generated samples; its seed decides about weights and order.
constexpr std::uint64_t kGeneratorSeed = 1;

// What is known of generated data before any is made: the number of samples aside, the same for
// none.
Dataset generate(const Scenario::Data& data, std::int64_t train, std::int64_t test) {
  return data.kind == Scenario::DataKind::shapes ? make_shapes(train, test, kGeneratorSeed)
                                                 : make_digits(train, test, kGeneratorSeed);
}

bool is_generated(const Scenario::Data& data) {
  return data.kind == Scenario::DataKind::digits || data.kind == Scenario::DataKind::shapes;
}

std::string key_of(const Scenario::Data& data) {
  return fmt::format("{} {} {} {} {} {} {} {}", static_cast<int>(data.kind), data.folder.string(),
                     data.train.value_or(0), data.test.value_or(0), data.minimum_count,
                     data.words.value_or(0), data.shuffled, data.side.value_or(0));
}

Dataset load_captions(const Scenario::Data& data) {
  const NextWordOptions options{.minimum_count = data.minimum_count,
                                .length = data.words,
                                .shuffled = data.shuffled,
                                .seed = kGeneratorSeed};
  CaptionedDataset captions =
      data.kind == Scenario::DataKind::scenes
          ? make_scenes(data.train.value(), data.test.value(), kGeneratorSeed)
          : load_flickr8k(find_flickr8k(data.folder, data.side));
  return make_next_words(std::move(captions), data.train, data.test, options);
}

Dataset load(const Scenario::Data& data) {
  if (data.has_captions()) return load_captions(data);
  if (is_generated(data)) return generate(data, data.train.value(), data.test.value());
  if (data.kind == Scenario::DataKind::idx) return load_idx(data.folder, data.train, data.test);
  if (data.kind == Scenario::DataKind::images) {
    return load_image_folders(data.folder, data.side.value_or(kUsualSide), {data.train, data.test});
  }
  return load_cifar10(data.folder, data.train, data.test);
}

}  // namespace

std::shared_ptr<const Dataset> DataSource::get(const Scenario::Data& data) {
  const std::lock_guard lock(mutex_);
  auto& dataset = loaded_[key_of(data)];
  if (!dataset) dataset = std::make_shared<const Dataset>(load(data));
  return dataset;
}

DataSource::Shape DataSource::shape(const Scenario::Data& data) {
  if (data.kind == Scenario::DataKind::none) return {SampleShape{}, 1, data.train.value()};
  if (is_generated(data)) {
    const Split none = generate(data, 0, 0).train;
    return {none.shape, none.classes, data.train.value()};
  }
  const auto dataset = get(data);
  const Split& train = dataset->train;
  if (!train.words) return {train.shape, train.classes, train.size()};
  return {train.shape, train.classes, train.size(), train.words->length(), dataset};
}

std::shared_ptr<const InitialWeights> DataSource::weights(const WeightsFile& file,
                                                          const ModelSpec& model) {
  const std::lock_guard lock(mutex_);
  auto& weights =
      weights_[fmt::format("{} {} {}", file.path.string(), file.has_output, signature(model))];
  if (!weights) weights = std::make_shared<const InitialWeights>(load_weights(file, model));
  return weights;
}

}  // namespace gradwire
