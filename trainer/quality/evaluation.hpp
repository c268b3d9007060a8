// How good a model is on the test split.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/data/dataset.hpp"
#include "trainer/nn/model.hpp"
#include "trainer/quality/captioning.hpp"
#include "trainer/quality/score.hpp"

namespace gradwire {

/// Of how many classes a confusion matrix is made at most.
inline constexpr int kConfusionClassesMax = 256;

struct Quality {
  double accuracy = 0.0;  ///< share of the samples whose largest output is their label's
  /// The mean "loss"; the share of samples whose label is among the five largest outputs, "top5",
  /// where there are more than five classes; of captions with a cross-entropy "perplexity", its
  /// exponential. Of captions BLEU-1 to 4 of what the model says of each picture, taking the
  /// likeliest word each time, and by beam search, with intervals.
  std::vector<Score> scores;
  /// How many samples of the label of the row were taken for the class of the column; classes x
  /// classes, empty for captions and for too many classes.
  std::vector<std::int64_t> confusion;
};

/// `rows_max`: of the model's batches, at least rows_of(beam). `beam`: of captions.
Quality evaluate(Model& model, const ModelSpec& spec, const Split& test, int rows_max,
                 const CaptionSearch& beam = {});

}  // namespace gradwire
