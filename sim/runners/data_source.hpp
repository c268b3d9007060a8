// The data sets of a run: each is read or generated once, and shared.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "sim/scenario/scenario.hpp"
#include "trainer/data/dataset.hpp"

namespace gradwire {

/// Thread-safe.
class DataSource {
 public:
  /// Throws DataError. Not for DataKind::none.
  std::shared_ptr<const Dataset> get(const Scenario::Data& data);

  /// What is known without reading or generating anything more than needed.
  struct Shape {
    SampleShape sample;
    int classes = 0;
    std::int64_t train_samples = 0;
  };
  Shape shape(const Scenario::Data& data);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Dataset>> loaded_;
};

}  // namespace gradwire
