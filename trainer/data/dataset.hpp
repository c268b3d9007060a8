// Labelled images in memory, and how a batch is taken from them.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace gradwire {

/// A data set that cannot be read; what() is one line and names the file and the offset.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Samples of one kind.
struct Split {
  int features = 0;                  ///< pixels a sample
  int classes = 0;                   ///< labels are in [0, classes)
  std::vector<std::uint8_t> pixels;  ///< size() x features, row-major; 0 is paper, 255 is ink
  std::vector<std::uint8_t> labels;

  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
};

struct Dataset {
  std::string name;
  Split train;
  Split test;
};

/// Mean and standard deviation of the pixels of the 60 000 training images of MNIST, scaled to
/// [0, 1]: the constants of PyTorch's MNIST example (github.com/pytorch/examples, mnist/main.py).
/// Constants, not the data's own, so that a subset is scaled as the whole is.
inline constexpr float kPixelMean = 0.1307F;
inline constexpr float kPixelDeviation = 0.3081F;

/// Makes the batch of the samples `indices`: inputs becomes indices.size() x features, each pixel
/// (p / 255 - kPixelMean) / kPixelDeviation; labels likewise. Reuses the memory of both vectors.
void gather(const Split& split, std::span<const std::int64_t> indices, std::vector<float>& inputs,
            std::vector<std::int32_t>& labels);

}  // namespace gradwire
