#include "sim/runners/data_source.hpp"

#include <fmt/format.h>

#include "trainer/data/cifar10.hpp"
#include "trainer/data/digits.hpp"
#include "trainer/data/idx.hpp"
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
  return fmt::format("{} {} {} {}", static_cast<int>(data.kind), data.folder.string(),
                     data.train.value_or(0), data.test.value_or(0));
}

Dataset load(const Scenario::Data& data) {
  if (is_generated(data)) return generate(data, data.train.value(), data.test.value());
  if (data.kind == Scenario::DataKind::idx) return load_idx(data.folder, data.train, data.test);
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
  return {dataset->train.shape, dataset->train.classes, dataset->train.size()};
}

}  // namespace gradwire
