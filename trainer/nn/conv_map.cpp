#include <algorithm>
#include <map>
#include <utility>

#include "trainer/nn/conv_primitives.hpp"
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

class OneDnnConvMap final : public ConvMap<float> {
 public:
  using ConvMap<float>::ConvMap;

  void apply(int rows, const float* x, const float* weights, float* y) override {
    primitives(rows).apply(x, weights, y);
  }
  void weight_gradient(int rows, const float* x, const float* dy, float* dweights) override {
    primitives(rows).weight_gradient(x, dy, dweights);
  }
  void input_gradient(int rows, const float* dy, const float* weights, float* dx) override {
    primitives(rows).input_gradient(dy, weights, dx);
  }

 private:
  ConvPrimitives& primitives(int rows) {
    return by_rows_.try_emplace(rows, windows(), rows).first->second;
  }

  std::map<int, ConvPrimitives> by_rows_;
};

class PlainConvMap final : public ConvMap<double> {
 public:
  using ConvMap<double>::ConvMap;

  void apply(int rows, const double* x, const double* weights, double* y) override {
    std::fill_n(y, std::int64_t{rows} * outputs(), 0.0);
    for_each_product(rows, [&](std::int64_t in, std::int64_t weight, std::int64_t out) {
      y[out] += x[in] * weights[weight];
    });
  }
  void weight_gradient(int rows, const double* x, const double* dy, double* dweights) override {
    std::fill_n(dweights, weight_count(), 0.0);
    for_each_product(rows, [&](std::int64_t in, std::int64_t weight, std::int64_t out) {
      dweights[weight] += x[in] * dy[out];
    });
  }
  void input_gradient(int rows, const double* dy, const double* weights, double* dx) override {
    std::fill_n(dx, std::int64_t{rows} * inputs(), 0.0);
    for_each_product(rows, [&](std::int64_t in, std::int64_t weight, std::int64_t out) {
      dx[in] += weights[weight] * dy[out];
    });
  }

 private:
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
  return std::make_unique<OneDnnConvMap>(windows);
}

template <>
std::unique_ptr<LinearMap<double>> make_conv_map(const Windows& windows) {
  return std::make_unique<PlainConvMap>(windows);
}

}  // namespace gradwire
