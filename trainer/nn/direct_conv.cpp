#include "trainer/nn/direct_conv.hpp"

#include <omp.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "trainer/nn/conv_kernels.hpp"

namespace gradwire {
namespace {

int divided_up(int value, int by) { return (value + by - 1) / by; }

// The share of the lanes that hold something when registers hold this many values.
double lanes_in_use(int values) {
  return static_cast<double>(values) / (divided_up(values, kLanes) * kLanes);
}

std::size_t product(int a, int b, int c = 1, int d = 1) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c) *
         static_cast<std::size_t>(d);
}

std::vector<AlignedBuffer<float>> one_a_thread(std::size_t size) {
  std::vector<AlignedBuffer<float>> buffers;
  const int threads = omp_get_max_threads();
  buffers.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) buffers.emplace_back(size);
  return buffers;
}

}  // namespace

DirectPasses direct_passes(const Windows& windows) {
  if (!has_conv_kernels() || windows.stride != 1 || windows.padding >= windows.side) return {};
  constexpr double kClearly = 1.1;
  const auto better = [](int values_here, int channels_there) {
    return lanes_in_use(values_here) > kClearly * lanes_in_use(channels_there);
  };
  return {.output = better(windows.output.width, windows.output.channels),
          .weight_gradient = better(windows.side * windows.input.channels, windows.output.channels),
          .input_gradient = better(windows.input.width, windows.input.channels)};
}

DirectConv::Correlation::Correlation(const SampleShape& from, const SampleShape& to, int side,
                                     int padding)
    : from_(from),
      to_(to),
      side_(side),
      padding_(padding),
      row_size_(std::max(divided_up(to.width, kLanes) * kLanes + side - 1,
                         divided_up(from.width, kLanes) * kLanes + padding)),
      plane_size_((to.height + side - 1) * row_size_),
      weights_(product(divided_up(to.channels, kKernelOutputs) * kKernelOutputs, from.channels,
                       side, side)),
      biases_(product(divided_up(to.channels, kKernelOutputs), kKernelOutputs)),
      planes_(one_a_thread(product(from.channels, plane_size_))) {}

void DirectConv::Correlation::run(int rows, const float* x, const float* biases, float* y) {
  if (biases != nullptr) {
    std::copy_n(biases, to_.channels, biases_.data());
  } else {
    std::ranges::fill(biases_.span(), 0.0F);
  }
#pragma omp parallel for if (planes_.size() > 1)
  for (int row = 0; row < rows; ++row) {
    run_sample(x + std::int64_t{row} * from_.features(), y + std::int64_t{row} * to_.features(),
               planes_[static_cast<std::size_t>(omp_get_thread_num())].data());
  }
}

void DirectConv::Correlation::run_sample(const float* x, float* y, float* planes) const {
  for (int row = 0; row < from_.height; ++row) {
    float* const to = planes + std::int64_t{row + padding_} * row_size_ + padding_;
    for (int column = 0; column < from_.width; column += kLanes) {
      to_planes(x + (std::int64_t{row} * from_.width + column) * from_.channels,
                std::min(kLanes, from_.width - column), from_.channels, to + column, plane_size_);
    }
  }
  const PlaneWindows windows{from_.channels, side_, plane_size_, row_size_};
  const int row_vectors = divided_up(to_.width, kLanes);
  const int vectors = to_.height * row_vectors;
  for (int first = 0; first < vectors; first += kKernelRows) {
    std::array<PixelRow, kKernelRows> rows{};
    for (int i = 0; i < kKernelRows; ++i) {
      const int vector = std::min(first + i, vectors - 1);  // the last one again, to fill up
      const int row = vector / row_vectors;
      const int column = vector % row_vectors * kLanes;
      rows[static_cast<std::size_t>(i)] = {
          planes + std::int64_t{row} * row_size_ + column,
          y + (std::int64_t{row} * to_.width + column) * to_.channels,
          std::min(kLanes, to_.width - column)};
    }
    for (int channel = 0; channel < to_.channels; channel += kKernelOutputs) {
      correlate(
          windows, rows, weights_.data() + std::int64_t{channel} * from_.channels * side_ * side_,
          biases_.data() + channel, std::min(kKernelOutputs, to_.channels - channel), to_.channels);
      for (PixelRow& row : rows) row.to += kKernelOutputs;
    }
  }
}

DirectConv::DirectConv(const Windows& windows)
    : windows_(windows),
      window_vectors_(direct_passes(windows).weight_gradient
                          ? divided_up(windows.side * windows.input.channels, kLanes)
                          : 0),
      products_(product(windows.side, window_vectors_, windows.output.channels, kLanes)) {
  const DirectPasses passes = direct_passes(windows);
  if (passes.output) {
    output_.emplace(windows.input, windows.output, windows.side, windows.padding);
  }
  if (passes.input_gradient) {
    input_gradient_.emplace(windows.output, windows.input, windows.side,
                            windows.side - 1 - windows.padding);
  }
  if (passes.weight_gradient) {
    padded_ =
        one_a_thread(product(windows.output.height + windows.side - 1,
                             windows.output.width + windows.side - 1, windows.input.channels) +
                     static_cast<std::size_t>(kLanes));
  }
}

void DirectConv::apply(int rows, const float* x, const float* weights, const float* biases,
                       float* y) {
  const int inputs = windows_.input.channels;
  const int outputs = windows_.output.channels;
  const int taps = windows_.side * windows_.side;
  for (int tap = 0; tap < taps; ++tap) {
    for (int c = 0; c < inputs; ++c) {
      for (int k = 0; k < outputs; ++k, ++weights) {
        const int block = k / kKernelOutputs;
        output_->weights()[((std::int64_t{block} * inputs + c) * taps + tap) * kKernelOutputs +
                           k % kKernelOutputs] = *weights;
      }
    }
  }
  output_->run(rows, x, biases, y);
}

void DirectConv::input_gradient(int rows, const float* dy, const float* weights, float* dx) {
  // The windows of the outputs that an input pixel is in, from the last tap to the first.
  const int inputs = windows_.input.channels;
  const int outputs = windows_.output.channels;
  const int taps = windows_.side * windows_.side;
  for (int tap = taps; tap-- > 0;) {
    for (int c = 0; c < inputs; ++c) {
      const int block = c / kKernelOutputs;
      for (int k = 0; k < outputs; ++k, ++weights) {
        input_gradient_
            ->weights()[((std::int64_t{block} * outputs + k) * taps + tap) * kKernelOutputs +
                        c % kKernelOutputs] = *weights;
      }
    }
  }
  input_gradient_->run(rows, dy, nullptr, dx);
}

void DirectConv::weight_gradient(int rows, const float* x, const float* dy, float* dweights,
                                 float* dbiases) {
  const SampleShape& input = windows_.input;
  const SampleShape& output = windows_.output;
  const int side = windows_.side;
  const std::int64_t pixels = std::int64_t{output.height} * output.width;
  const std::int64_t row_size = std::int64_t{output.width + side - 1} * input.channels;
  const ImageProducts shape{output.height, output.width, row_size, input.channels, output.channels};
  const int blocks = divided_up(output.channels, kKernelOutputs);
  std::ranges::fill(products_.span(), 0.0F);
  if (dbiases != nullptr) std::fill_n(dbiases, output.channels, 0.0F);
#pragma omp parallel if (padded_.size() > 1)
  {
    const int thread = omp_get_thread_num();
    const int threads = omp_get_num_threads();
    float* const padded = padded_[static_cast<std::size_t>(thread)].data();
    for (std::int64_t row = 0; row < rows; ++row) {
      const float* const image = x + row * input.features();
      const float* const gradient = dy + row * output.features();
      for (int i = 0; i < input.height; ++i) {
        std::copy_n(image + std::int64_t{i} * input.width * input.channels,
                    input.width * input.channels,
                    padded + (i + windows_.padding) * row_size +
                        std::int64_t{windows_.padding} * input.channels);
      }
      if (thread == 0 && dbiases != nullptr) {
        add_pixels(pixels, output.channels, gradient, dbiases);
      }
      for (int block = thread; block < blocks; block += threads) {
        const int channel = block * kKernelOutputs;
        const int outputs = std::min(kKernelOutputs, output.channels - channel);
        for (int i = 0; i < side; ++i) {
          for (int v = 0; v < window_vectors_; v += kKernelRows) {
            add_products(
                shape, std::min(kKernelRows, window_vectors_ - v), outputs,
                padded + i * row_size + std::int64_t{v} * kLanes, gradient + channel,
                products_.data() +
                    (std::int64_t{i * window_vectors_ + v} * output.channels + channel) * kLanes);
          }
        }
      }
    }
  }
  const int window_row = side * input.channels;
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < window_row; ++j) {
      const float* const sums =
          products_.data() +
          std::int64_t{i * window_vectors_ + j / kLanes} * output.channels * kLanes + j % kLanes;
      for (int k = 0; k < output.channels; ++k) *dweights++ = sums[std::int64_t{k} * kLanes];
    }
  }
}

}  // namespace gradwire
