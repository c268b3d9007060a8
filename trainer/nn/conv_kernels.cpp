#include "trainer/nn/conv_kernels.hpp"

#include <immintrin.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

// What the rest of the program is compiled for has no such registers. Functions with this attribute
// are called only where has_conv_kernels() says so; lambdas in them would not have it.
#define GRADWIRE_WIDE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))

namespace gradwire {
namespace {

// Four channels of sixteen pixels: by channels, or by pixels l, l + 4, l + 8, l + 12 in vector l.
struct Tile {
  __m512 vectors[4];
};

// From one to the other, in either direction: transposes each 4 x 4 block of 128-bit lanes.
GRADWIRE_WIDE inline Tile transposed(const Tile& tile) {
  const auto& [a, b, c, d] = tile.vectors;
  const __m512d ab_low = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
  const __m512d ab_high = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
  const __m512d cd_low = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
  const __m512d cd_high = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
  return {{_mm512_castpd_ps(_mm512_unpacklo_pd(ab_low, cd_low)),
           _mm512_castpd_ps(_mm512_unpackhi_pd(ab_low, cd_low)),
           _mm512_castpd_ps(_mm512_unpacklo_pd(ab_high, cd_high)),
           _mm512_castpd_ps(_mm512_unpackhi_pd(ab_high, cd_high))}};
}

constexpr int kTileChannels = 4;

GRADWIRE_WIDE inline __mmask8 first(int count) { return static_cast<__mmask8>((1U << count) - 1); }

// Pixels and channels that are not there are zeros.
template <bool kWhole>
GRADWIRE_WIDE inline Tile load_pixels(const float* from, int pixels, int channels,
                                      std::int64_t stride) {
  const __mmask8 mask = first(channels);
  Tile tile;
  for (int l = 0; l < 4; ++l) {
    __m128 parts[4];
    for (int i = 0; i < 4; ++i) {
      const int pixel = 4 * i + l;
      const float* const values = from + pixel * stride;
      parts[i] = kWhole ? _mm_loadu_ps(values)
                        : _mm_maskz_loadu_ps(pixel < pixels ? mask : __mmask8{0}, values);
    }
    __m512 vector = _mm512_castps128_ps512(parts[0]);
    vector = _mm512_insertf32x4(vector, parts[1], 1);
    vector = _mm512_insertf32x4(vector, parts[2], 2);
    tile.vectors[l] = _mm512_insertf32x4(vector, parts[3], 3);
  }
  return tile;
}

template <bool kWhole>
GRADWIRE_WIDE inline void store_pixels(const Tile& tile, float* to, int pixels, int channels,
                                       std::int64_t stride) {
  const __mmask8 mask = first(channels);
  for (int l = 0; l < 4; ++l) {
    const __m512 vector = tile.vectors[l];
    const __m128 parts[4] = {_mm512_castps512_ps128(vector), _mm512_extractf32x4_ps(vector, 1),
                             _mm512_extractf32x4_ps(vector, 2), _mm512_extractf32x4_ps(vector, 3)};
    for (int i = 0; i < 4; ++i) {
      const int pixel = 4 * i + l;
      float* const values = to + pixel * stride;
      if (kWhole) {
        _mm_storeu_ps(values, parts[i]);
      } else {
        _mm_mask_storeu_ps(values, pixel < pixels ? mask : __mmask8{0}, parts[i]);
      }
    }
  }
}

template <int kVectors, int kOutputs>
GRADWIRE_WIDE void add_products_of(const ImageProducts& shape, const float* x, const float* dy,
                                   float* sums) {
  __m512 sum[kVectors][kOutputs];
  const std::int64_t vector_size = std::int64_t{shape.outputs} * kLanes;
  for (int v = 0; v < kVectors; ++v) {
    for (int o = 0; o < kOutputs; ++o) {
      sum[v][o] = _mm512_loadu_ps(sums + v * vector_size + std::int64_t{o} * kLanes);
    }
  }
  for (int y = 0; y < shape.height; ++y) {
    const float* from = x + y * shape.row_size;
    for (int i = 0; i < shape.width; ++i) {
      __m512 values[kVectors];
      for (int v = 0; v < kVectors; ++v) {
        values[v] = _mm512_loadu_ps(from + std::int64_t{v} * kLanes);
      }
      for (int o = 0; o < kOutputs; ++o) {
        const __m512 factor = _mm512_set1_ps(dy[o]);
        for (int v = 0; v < kVectors; ++v) {
          sum[v][o] = _mm512_fmadd_ps(factor, values[v], sum[v][o]);
        }
      }
      from += shape.inputs;
      dy += shape.outputs;
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    for (int o = 0; o < kOutputs; ++o) {
      _mm512_storeu_ps(sums + v * vector_size + std::int64_t{o} * kLanes, sum[v][o]);
    }
  }
}

using AddProducts = void (*)(const ImageProducts&, const float*, const float*, float*);

template <int kVectors>
constexpr std::array<AddProducts, kKernelOutputs> kByOutputs = {
    add_products_of<kVectors, 1>, add_products_of<kVectors, 2>, add_products_of<kVectors, 3>,
    add_products_of<kVectors, 4>};

constexpr std::array<std::array<AddProducts, kKernelOutputs>, kKernelRows> kAddProducts = {
    kByOutputs<1>, kByOutputs<2>, kByOutputs<3>, kByOutputs<4>};

}  // namespace

bool has_conv_kernels() {
  const auto isa = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  constexpr auto kNeeded = static_cast<unsigned>(dnnl_cpu_isa_avx512_core);
  return (isa & kNeeded) == kNeeded;
}

GRADWIRE_WIDE void to_planes(const float* from, int pixels, int channels, float* planes,
                             std::int64_t plane_size) {
  for (int c = 0; c < channels; c += kTileChannels) {
    const int count = std::min(kTileChannels, channels - c);
    const bool whole = pixels == kLanes && count == kTileChannels;
    const Tile tile = transposed(whole ? load_pixels<true>(from + c, pixels, count, channels)
                                       : load_pixels<false>(from + c, pixels, count, channels));
    for (int i = 0; i < count; ++i) {
      _mm512_storeu_ps(planes + (c + i) * plane_size, tile.vectors[i]);
    }
  }
}

GRADWIRE_WIDE void correlate(const PlaneWindows& windows,
                             const std::array<PixelRow, kKernelRows>& rows, const float* weights,
                             const float* biases, int outputs, std::int64_t stride) {
  static_assert(kKernelOutputs == kTileChannels);
  __m512 sum[kKernelRows][kKernelOutputs];
  const float* from[kKernelRows];
  for (int r = 0; r < kKernelRows; ++r) {
    from[r] = rows[r].from;
    for (int o = 0; o < kKernelOutputs; ++o) sum[r][o] = _mm512_set1_ps(biases[o]);
  }
  for (int c = 0; c < windows.channels; ++c) {
    for (int y = 0; y < windows.side; ++y) {
      for (int x = 0; x < windows.side; ++x) {
        const std::int64_t tap = y * windows.row_size + x;
        __m512 values[kKernelRows];
        for (int r = 0; r < kKernelRows; ++r) values[r] = _mm512_loadu_ps(from[r] + tap);
        for (int o = 0; o < kKernelOutputs; ++o) {
          const __m512 weight = _mm512_set1_ps(weights[o]);
          for (int r = 0; r < kKernelRows; ++r) {
            sum[r][o] = _mm512_fmadd_ps(weight, values[r], sum[r][o]);
          }
        }
        weights += kKernelOutputs;
      }
    }
    for (int r = 0; r < kKernelRows; ++r) from[r] += windows.plane_size;
  }
  for (int r = 0; r < kKernelRows; ++r) {
    const Tile tile = transposed({{sum[r][0], sum[r][1], sum[r][2], sum[r][3]}});
    const PixelRow& row = rows[r];
    if (row.pixels == kLanes && outputs == kKernelOutputs) {
      store_pixels<true>(tile, row.to, row.pixels, outputs, stride);
    } else {
      store_pixels<false>(tile, row.to, row.pixels, outputs, stride);
    }
  }
}

void add_products(const ImageProducts& shape, int vectors, int outputs, const float* x,
                  const float* dy, float* sums) {
  kAddProducts[static_cast<std::size_t>(vectors - 1)][static_cast<std::size_t>(outputs - 1)](
      shape, x, dy, sums);
}

GRADWIRE_WIDE void add_pixels(std::int64_t pixels, int channels, const float* from, float* sums) {
  for (int c = 0; c < channels; c += kLanes) {
    const auto mask = static_cast<__mmask16>((1U << std::min(kLanes, channels - c)) - 1);
    // Two sums, so that one addition need not wait for the other.
    __m512 even = _mm512_maskz_loadu_ps(mask, sums + c);
    __m512 odd = _mm512_setzero_ps();
    std::int64_t pixel = 0;
    for (; pixel + 1 < pixels; pixel += 2) {
      const float* const values = from + pixel * channels + c;
      even = _mm512_add_ps(even, _mm512_maskz_loadu_ps(mask, values));
      odd = _mm512_add_ps(odd, _mm512_maskz_loadu_ps(mask, values + channels));
    }
    if (pixel < pixels) {
      even = _mm512_add_ps(even, _mm512_maskz_loadu_ps(mask, from + pixel * channels + c));
    }
    _mm512_mask_storeu_ps(sums + c, mask, _mm512_add_ps(even, odd));
  }
}

}  // namespace gradwire
