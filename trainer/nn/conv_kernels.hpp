// The inner loops of DirectConv, for processors with registers of sixteen floats (AVX-512).
#pragma once

#include <array>
#include <cstdint>

namespace gradwire {

constexpr int kLanes = 16;         ///< pixels that are computed with at once
constexpr int kKernelOutputs = 4;  ///< channels of the outputs that share what is loaded
constexpr int kKernelRows = 4;     ///< vectors of pixels that share a weight

/// Whether this processor has them, and ONEDNN_MAX_CPU_ISA lets them be used.
bool has_conv_kernels();

/// From `pixels` <= kLanes pixels of `channels` values each to a row of pixels in each plane of a
/// channel; writes kLanes pixels, zeros after the last.
void to_planes(const float* from, int pixels, int channels, float* planes, std::int64_t plane_size);

/// Windows over images in planes, a plane for each channel.
struct PlaneWindows {
  int channels;
  int side;
  std::int64_t plane_size;
  std::int64_t row_size;
};

/// Up to kLanes pixels of the outputs in one row.
struct PixelRow {
  const float* from;  ///< the first tap of the first channel for the first pixel
  float* to;          ///< the first of the channels computed of the first pixel
  int pixels;
};

/// Writes `outputs` <= kKernelOutputs channels of the pixels of all rows: the biases and then, in
/// this order, the products of each channel and tap by rows. `weights` has kKernelOutputs numbers
/// for each of them; pixels are `stride` values apart in the outputs.
void correlate(const PlaneWindows& windows, const std::array<PixelRow, kKernelRows>& rows,
               const float* weights, const float* biases, int outputs, std::int64_t stride);

/// Where the sums of products of two images lie.
struct ImageProducts {
  int height;
  int width;
  std::int64_t row_size;  ///< of the first image
  int inputs;             ///< values a pixel of the first image
  int outputs;            ///< values a pixel of the second
};

/// Adds to sums[v][o][lane] the products of value 16 v + lane from each pixel on in `x` with value
/// o of the pixel in `dy`, pixel by pixel; 1 to kKernelRows v, 1 to kKernelOutputs o. There are
/// `shape.outputs` o in a v of `sums`.
void add_products(const ImageProducts& shape, int vectors, int outputs, const float* x,
                  const float* dy, float* sums);

/// Adds the values of all pixels to those of `sums`.
void add_pixels(std::int64_t pixels, int channels, const float* from, float* sums);

}  // namespace gradwire
