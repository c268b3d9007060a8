#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "trainer/nn/bias.hpp"
#include "trainer/nn/conv_primitives.hpp"
#include "trainer/nn/direct_conv.hpp"
#include "trainer/nn/linear_map.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
class ConvMap : public LinearMap<Scalar> {
 public:
  explicit ConvMap(const Windows& windows) : windows_(windows) {}

  int inputs() const final { return windows_.input.features(); }
  int outputs() const final { return windows_.output.features(); }
  int kinds() const final { return windows_.output.channels; }
  Fans fans() const final {
    const int area = windows_.side * windows_.side;
    return {area * windows_.input.channels, area * windows_.output.channels};
  }

 protected:
  const Windows& windows() const { return windows_; }

 private:
  Windows windows_;
};

// Through oneDNN or, where that leaves too many lanes of the registers empty, DirectConv.
class FastConvMap final : public ConvMap<float> {
 public:
  explicit FastConvMap(const Windows& windows)
      : ConvMap<float>(windows), direct_passes_(direct_passes(windows)) {}

  void apply(int rows, const float* x, const float* weights, const float* biases,
             float* y) override {
    if (direct_passes_.output) {
      direct().apply(rows, x, weights, biases, y);
    } else {
      primitives(rows).apply(x, weights, biases, y);
    }
  }
  void weight_gradient(int rows, const float* x, const float* dy, float* dweights,
                       float* dbiases) override {
    if (direct_passes_.weight_gradient) {
      direct().weight_gradient(rows, x, dy, dweights, dbiases);
    } else {
      primitives(rows).weight_gradient(x, dy, dweights, dbiases);
    }
  }
  void input_gradient(int rows, const float* dy, const float* weights, float* dx) override {
    if (direct_passes_.input_gradient) {
      direct().input_gradient(rows, dy, weights, dx);
    } else {
      primitives(rows).input_gradient(dy, weights, dx);
    }
  }

 private:
  ConvPrimitives& primitives(int rows) {
    return by_rows_.try_emplace(rows, windows(), rows).first->second;
  }
  DirectConv& direct() {
    if (!direct_) direct_.emplace(windows());
    return *direct_;
  }

  DirectPasses direct_passes_;
  std::map<int, ConvPrimitives> by_rows_;
  std::optional<DirectConv> direct_;  // made in the thread that uses it
};

class PlainConvMap final : public ConvMap<double> {
 public:
  using ConvMap<double>::ConvMap;

  void apply(int rows, const double* x, const double* weights, const double* biases,
             double* y) override {
    std::fill_n(y, std::int64_t{rows} * outputs(), 0.0);
    for_each_product(rows, [&](std::int64_t in, std::int64_t weight, std::int64_t out) {
      y[out] += x[in] * weights[weight];
    });
    if (biases != nullptr) {
      add_biases<double>({biases, static_cast<std::size_t>(kinds())}, {y, values(rows)});
    }
  }
  void weight_gradient(int rows, const double* x, const double* dy, double* dweights,
                       double* dbiases) override {
    std::fill_n(dweights, weight_count(), 0.0);
    for_each_product(rows, [&](std::int64_t in, std::int64_t weight, std::int64_t out) {
      dweights[weight] += x[in] * dy[out];
    });
    if (dbiases != nullptr) {
      sum_bias_gradients<double>({dy, values(rows)}, {dbiases, static_cast<std::size_t>(kinds())});
    }
  }
  void input_gradient(int rows, const double* dy, const double* weights, double* dx) override {
    std::fill_n(dx, std::int64_t{rows} * inputs(), 0.0);
    for_each_product(rows, [&](std::int64_t in, std::int64_t weight, std::int64_t out) {
      dx[in] += weights[weight] * dy[out];
    });
  }

 private:
  std::size_t values(int rows) const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(outputs());
  }

  template <typename Visit>
  void for_each_product(int rows, Visit visit) const {
    const std::int64_t in_channels = windows().input.channels;
    const std::int64_t out_channels = windows().output.channels;
    for (std::int64_t row = 0; row < rows; ++row) {
      windows().for_each_tap([&](int tap, int to, int from) {
        for (std::int64_t c = 0; c < in_channels; ++c) {
          for (std::int64_t k = 0; k < out_channels; ++k) {
            visit(row * inputs() + from * in_channels + c,
                  (tap * in_channels + c) * out_channels + k,
                  row * outputs() + to * out_channels + k);
          }
        }
      });
    }
  }
};

}  // namespace

template <>
std::unique_ptr<LinearMap<float>> make_conv_map(const Windows& windows) {
  return std::make_unique<FastConvMap>(windows);
}

template <>
std::unique_ptr<LinearMap<double>> make_conv_map(const Windows& windows) {
  return std::make_unique<PlainConvMap>(windows);
}

}  // namespace gradwire
