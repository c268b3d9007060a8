// A model whose first layer, a dense one, is split by its inputs over several nodes: each of them
// has some of the features of every sample and the weights that these are multiplied with, and all
// that comes after the first layer's sums over the features.
//
// A step takes the sums over the node's own features, which somebody adds to those of all others,
// and goes on from the total: from there on every node computes the same. The gradient that comes
// back to the sums is all that a node needs to train the weights of its features.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "netmodel/random_streams.hpp"
#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/batch.hpp"
#include "trainer/nn/chain.hpp"
#include "trainer/nn/linear_map.hpp"
#include "trainer/nn/losses.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// Of a row of inputs.
struct FeatureRange {
  int begin = 0;
  int count = 0;
};

/// Throws std::invalid_argument, saying what is allowed, unless the model begins with a dense layer
/// that trains its weights, with at least one input for each part.
void check_can_split(const ModelSpec& spec, int parts);

/// Sums of the first layer, of a sample; of a model that can be split, as all below.
int first_layer_sums(const ModelSpec& spec);

/// What a part computes, as a model: the same with so many features. Its costs are those of a part.
ModelSpec model_of_part(const ModelSpec& spec, int features);

/// The share of a part's pass, forward and backward, that is done when its sums are: by
/// floating-point operations.
double share_before_sums(const ModelSpec& spec, int features);

/// Not thread-safe; like Model.
class SplitModel {
 public:
  /// Batches may have up to `max_rows` rows.
  SplitModel(const ModelSpec& spec, FeatureRange features, int max_rows);

  FeatureRange features() const { return features_; }

  /// Of the whole first layer.
  std::size_t weights_of_all() const { return weights_of_all_; }

  /// All that come after the first layer's weights, then those of the own features: what all parts
  /// have alike lies alike in memory, on which the last bits of a sum can depend.
  std::span<float> parameters() { return parameters_.span(); }
  std::span<float> gradients() { return gradients_.span(); }

  /// Copies the own parameters and the frozen weights from those of the whole model.
  void take(std::span<const float> parameters, std::span<const float> frozen);

  /// Copies the own parameters to their places in those of the whole model.
  void put(std::span<float> parameters) const;

  /// What is random in a step comes from these, as in node 0 of a Model.
  void draw_from(const RandomStreams& streams) { streams_ = streams; }
  void set_steps_taken(std::int64_t steps) { steps_taken_ = steps; }

  /// Leaves the first layer's sums over the own features at the front of sums(), rows x
  /// first_layer_sums(); to be replaced by those over all features. inputs: rows x
  /// features().count, row-major, of at least 1 row.
  void begin(std::span<const float> inputs, int rows);

  /// Of the largest batch.
  std::span<float> sums() { return sums_.span(); }

  /// The rest of the step, from the sums, with the same inputs; as Model::train().
  BatchResult finish(std::span<const float> inputs, std::span<const std::int32_t> labels,
                     float scale);

 private:
  std::size_t common() const;       // parameters that all parts have
  std::size_t own_weights() const;  // and those behind them

  FeatureRange features_;
  int width_;  // sums of a row
  std::size_t weights_of_all_;
  std::unique_ptr<LinearMap<float>> map_;
  Chain<float> rest_;
  std::unique_ptr<Loss<float>> loss_;
  AlignedBuffer<float> parameters_;
  AlignedBuffer<float> gradients_;
  AlignedBuffer<float> frozen_;
  AlignedBuffer<float> sums_;
  AlignedBuffer<float> sum_gradients_;
  AlignedBuffer<float> output_gradients_;
  RandomStreams streams_{0};
  std::int64_t steps_taken_ = 0;
};

}  // namespace gradwire
