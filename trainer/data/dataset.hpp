// Labelled or captioned images in memory, and how a batch is taken from them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "trainer/sample_shape.hpp"

namespace gradwire {

/// A data set that cannot be read; what() is one line and names the file and the offset.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Mean and standard deviation of the pixels of a channel, scaled to [0, 1].
struct PixelScale {
  float mean = 0.0F;
  float deviation = 1.0F;

  friend bool operator==(const PixelScale&, const PixelScale&) = default;
};

/// Of the 60 000 training images of MNIST: the constants of PyTorch's MNIST example
/// (github.com/pytorch/examples, mnist/main.py). Constants, not the data's own, so that a subset is
/// scaled as the whole is.
inline constexpr PixelScale kInkScale = {0.1307F, 0.3081F};

class NextWords;

/// Samples of one kind: images with a label each, or next words of captions of images.
struct Split {
  SampleShape shape;                         ///< in memory, channels of rows of pixels
  int classes = 0;                           ///< labels are in [0, classes)
  std::vector<PixelScale> scale{kInkScale};  ///< one a channel
  std::vector<std::uint8_t> pixels{};        ///< images x shape.features()
  std::vector<std::uint8_t> labels{};        ///< of each image; none with captions
  std::vector<float> features{};  ///< of captioned images, instead of pixels: what is known of them
  std::shared_ptr<const NextWords> words{};  ///< of captioned images (next_words.hpp)

  /// Samples, not images.
  std::int64_t size() const;

  /// Numbers that a model is given of a sample.
  int inputs() const;
};

struct Dataset {
  std::string name;
  Split train;
  Split test;
};

/// Makes the batch of the samples `indices`: inputs becomes indices.size() x Split::inputs(), each
/// pixel (p / 255 - mean) / deviation of its channel; labels likewise. Captions come in an order of
/// their own (gather_next_words()). Reuses the memory of both vectors.
void gather(const Split& split, std::span<const std::int64_t> indices, std::vector<float>& inputs,
            std::vector<std::int32_t>& labels);

}  // namespace gradwire
