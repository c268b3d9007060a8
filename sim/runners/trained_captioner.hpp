// A captioner out of the results of a run: its weights, its vocabulary, and what it says.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "sim/runners/data_source.hpp"
#include "trainer/data/next_words.hpp"
#include "trainer/nn/model.hpp"
#include "trainer/quality/captioning.hpp"

namespace gradwire {

class TrainedCaptioner {
 public:
  /// Of a results folder, the weights that `training.weights: kept` left behind there, or those of
  /// the last checkpoint if there are none. The data is read again for its vocabulary. Throws
  /// ResultsError, saying what is missing, ScenarioError for a scenario that is no longer right,
  /// DataError for weights or data that are damaged or of another training.
  TrainedCaptioner(const std::filesystem::path& folder, int point, int repeat);

  /// Of the data that it was trained on.
  const Split& test() const { return data_->test; }

  /// The pictures of a file as the model takes them, scaled as those of its training: of a JPEG
  /// file, brought to their size, or of an array of NumPy: bytes [height, width, channels] or
  /// [pictures, height, width, channels], or features as floats. Throws DataError if they have
  /// another shape than those.
  std::vector<float> read_pictures(const std::filesystem::path& file) const;

  /// How its training looked for captions.
  const CaptionSearch& search() const { return search_; }

  /// What it says of each picture; rows_of(search) is at most kCaptionRowsMax.
  std::vector<Words> describe(std::span<const float> pictures, const CaptionSearch& search);

 private:
  std::shared_ptr<const Dataset> data_;
  CaptionSearch search_;
  std::unique_ptr<Model> model_;
};

}  // namespace gradwire
