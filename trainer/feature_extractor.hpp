// VGG16 as a fixed feature extractor, for captioners that do not train what they see with.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "trainer/nn/model.hpp"
#include "trainer/sample_shape.hpp"

namespace gradwire {

/// The outputs of a mean over a grid of an image, height x width x channels: place i of n along a
/// side is the mean from floor(i s / n) to ceil((i + 1) s / n) of s pixels, as in
/// torch.nn.AdaptiveAvgPool2d. `pooled` is overwritten; n x n x channels.
void pool_to_grid(std::span<const float> image, const SampleShape& shape, int n,
                  std::span<float> pooled);

/// The second layer of 4096 of VGG16, after its ReLU: Keras' "fc2", torchvision's classifier up to
/// its second ReLU. Pictures of any side go through the convolutions, and as in torchvision a mean
/// over a grid of 7 x 7 makes of the result what the dense layers take; at 224 that is the
/// identity.
class FeatureExtractor {
 public:
  static constexpr int kFeatures = 4096;
  static constexpr int kSideMin = 32;   ///< below, the last pool has nothing to take
  static constexpr int kSideMax = 512;  ///< beyond, a picture takes more than a gigabyte

  /// Weights are those of torchvision's VGG16 (load_weights()); its output layer may be anything.
  /// Throws as load_weights().
  FeatureExtractor(const std::filesystem::path& weights, int side);

  SampleShape picture() const { return {3, side_, side_}; }

  /// Of a picture as data sets have it, scaled by the constants of ImageNet: kFeatures numbers,
  /// valid until the next call.
  std::span<const float> operator()(std::span<const float> picture);

 private:
  int side_;
  SampleShape seen_;  // of what the convolutions make
  std::unique_ptr<Model> convolutions_;
  std::unique_ptr<Model> dense_;
  std::vector<float> pooled_;
};

}  // namespace gradwire
