// The data sets of a run, and the weights that it starts from: each is read or generated once, and
// shared.
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
    SampleShape sample;  ///< of captions: of a picture
    int classes = 0;     ///< of captions: words of the vocabulary
    std::int64_t train_samples = 0;
    int words = 0;  ///< of captions: that are read of each, after the picture
    /// Of captions, on whose lengths the cost of a step depends.
    std::shared_ptr<const Dataset> captions{};
  };
  Shape shape(const Scenario::Data& data);

  /// Throws as load_weights().
  std::shared_ptr<const InitialWeights> weights(const WeightsFile& file, const ModelSpec& model);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Dataset>> loaded_;
  std::map<std::string, std::shared_ptr<const InitialWeights>> weights_;
};

}  // namespace gradwire
