#include "sim/runners/data_source.hpp"

#include <fmt/format.h>

#include "trainer/data/digits.hpp"
#include "trainer/data/idx.hpp"

namespace gradwire {
namespace {

// Every run sees the same digits; its seed decides about weights and order.
constexpr std::uint64_t kDigitsSeed = 1;
constexpr int kDigitFeatures = 28 * 28;
constexpr int kDigitClasses = 10;

std::string key_of(const Scenario::Data& data) {
  if (const auto* digits = std::get_if<Scenario::Digits>(&data)) {
    return fmt::format("digits {} {}", digits->train, digits->test);
  }
  const auto& idx = std::get<Scenario::Idx>(data);
  return fmt::format("idx {} {} {}", idx.folder.string(), idx.train.value_or(0),
                     idx.test.value_or(0));
}

Dataset load(const Scenario::Data& data) {
  if (const auto* digits = std::get_if<Scenario::Digits>(&data)) {
    return make_digits(digits->train, digits->test, kDigitsSeed);
  }
  const auto& idx = std::get<Scenario::Idx>(data);
  return load_idx(idx.folder, idx.train, idx.test);
}

}  // namespace

std::shared_ptr<const Dataset> DataSource::get(const Scenario::Data& data) {
  const std::lock_guard lock(mutex_);
  auto& dataset = loaded_[key_of(data)];
  if (!dataset) dataset = std::make_shared<const Dataset>(load(data));
  return dataset;
}

DataSource::Shape DataSource::shape(const Scenario::Data& data) {
  if (const auto* digits = std::get_if<Scenario::Digits>(&data)) {
    return {kDigitFeatures, kDigitClasses, digits->train};
  }
  const auto dataset = get(data);
  return {dataset->train.features, dataset->train.classes, dataset->train.size()};
}

}  // namespace gradwire
