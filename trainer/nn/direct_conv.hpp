// Convolutions of images with few channels, where oneDNN's leave lanes of the vector registers
// empty: those hold channels there, so that 20 of them need two registers of 16. Here they hold
// sixteen pixels of a row, or, for the gradient of the weights, the values of a row of a window.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/windows.hpp"

namespace gradwire {

/// Which passes of a convolution fill the registers better here than in oneDNN, by at least a
/// tenth. None without registers of sixteen floats, and none with a stride.
struct DirectPasses {
  bool output = false;
  bool weight_gradient = false;
  bool input_gradient = false;
};
DirectPasses direct_passes(const Windows& windows);

/// The passes that direct_passes() names; as LinearMap, for the layouts of make_conv_map. Made and
/// used by threads that have the same number of threads for products (backend.hpp), on which no
/// result depends. Allocates when it is made.
class DirectConv {
 public:
  explicit DirectConv(const Windows& windows);

  /// `biases` may be null.
  void apply(int rows, const float* x, const float* weights, const float* biases, float* y);
  /// `dbiases` may be null.
  void weight_gradient(int rows, const float* x, const float* dy, float* dweights, float* dbiases);
  void input_gradient(int rows, const float* dy, const float* weights, float* dx);

 private:
  /// Every output pixel from the window around it, for the outputs and for the input gradient.
  class Correlation {
   public:
    Correlation(const SampleShape& from, const SampleShape& to, int side, int padding);

    /// Where the weights go: `to` channels / 4, rounded up, of `from` channels x side x side x 4.
    float* weights() { return weights_.data(); }
    /// `biases` are for all channels of `to`, or null.
    void run(int rows, const float* x, const float* biases, float* y);

   private:
    void run_sample(const float* x, float* y, float* planes) const;

    SampleShape from_;
    SampleShape to_;
    int side_;
    int padding_;
    int row_size_;  // of the planes, with the padding
    int plane_size_;
    AlignedBuffer<float> weights_;
    AlignedBuffer<float> biases_;
    std::vector<AlignedBuffer<float>> planes_;  // a sample in each thread
  };

  Windows windows_;
  std::optional<Correlation> output_;
  std::optional<Correlation> input_gradient_;
  // For the gradient of the weights.
  int window_vectors_;                        // that hold a row of a window; none if not used
  AlignedBuffer<float> products_;             // side x window_vectors_ x output channels x 16
  std::vector<AlignedBuffer<float>> padded_;  // a sample in each thread
};

}  // namespace gradwire
