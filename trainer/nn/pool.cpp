#include "trainer/nn/pool.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
class Pool : public Layer<Scalar> {
 public:
  explicit Pool(const Windows& windows) : windows_(windows) {}

  int inputs() const final { return windows_.input.features(); }
  int outputs() const final { return windows_.output.features(); }

 protected:
  const Windows& windows() const { return windows_; }
  int channels() const { return windows_.input.channels; }

 private:
  Windows windows_;
};

template <typename Scalar>
class MaxPool final : public Pool<Scalar> {
 public:
  MaxPool(const Windows& windows, int max_rows)
      : Pool<Scalar>(windows),
        chosen_(static_cast<std::size_t>(windows.output.features()) *
                static_cast<std::size_t>(max_rows)) {
    CHECK(windows.side * windows.side <= std::numeric_limits<std::uint16_t>::max(), "a pool of {}",
          windows.side);
  }

  void forward(const ForwardPass<Scalar>& pass) override {
    const std::int64_t size = std::int64_t{pass.rows} * this->outputs();
    std::fill_n(pass.outputs, size, -std::numeric_limits<Scalar>::infinity());
    std::fill_n(chosen_.begin(), size, std::uint16_t{0});
    for (int row = 0; row < pass.rows; ++row) {
      const Scalar* in = pass.inputs + std::int64_t{row} * this->inputs();
      Scalar* out = pass.outputs + std::int64_t{row} * this->outputs();
      std::uint16_t* chosen = chosen_.data() + std::int64_t{row} * this->outputs();
      this->windows().for_each_tap([&](int tap, int to, int from) {
        take_larger(in + std::int64_t{from} * this->channels(),
                    out + std::int64_t{to} * this->channels(),
                    chosen + std::int64_t{to} * this->channels(), static_cast<std::uint16_t>(tap));
      });
    }
  }

  void backward(const BackwardPass<Scalar>& pass) override {
    if (pass.input_gradient == nullptr) return;
    std::fill_n(pass.input_gradient, std::int64_t{pass.rows} * this->inputs(), Scalar(0));
    for (int row = 0; row < pass.rows; ++row) {
      Scalar* in = pass.input_gradient + std::int64_t{row} * this->inputs();
      const Scalar* out = pass.output_gradient + std::int64_t{row} * this->outputs();
      const std::uint16_t* chosen = chosen_.data() + std::int64_t{row} * this->outputs();
      this->windows().for_each_tap([&](int tap, int to, int from) {
        const std::int64_t first = std::int64_t{to} * this->channels();
        Scalar* gradient = in + std::int64_t{from} * this->channels();
        for (int c = 0; c < this->channels(); ++c) {
          gradient[c] += chosen[first + c] == tap ? out[first + c] : Scalar(0);
        }
      });
    }
  }

 private:
  void take_larger(const Scalar* in, Scalar* out, std::uint16_t* chosen, std::uint16_t tap) const {
    for (int c = 0; c < this->channels(); ++c) {
      const bool larger = in[c] > out[c];
      out[c] = larger ? in[c] : out[c];
      chosen[c] = larger ? tap : chosen[c];
    }
  }

  std::vector<std::uint16_t> chosen_;  // for each output of a batch: the place in its window
};

template <typename Scalar>
class AvgPool final : public Pool<Scalar> {
 public:
  using Pool<Scalar>::Pool;

  void forward(const ForwardPass<Scalar>& pass) override {
    std::fill_n(pass.outputs, std::int64_t{pass.rows} * this->outputs(), Scalar(0));
    for (int row = 0; row < pass.rows; ++row) {
      const Scalar* in = pass.inputs + std::int64_t{row} * this->inputs();
      Scalar* out = pass.outputs + std::int64_t{row} * this->outputs();
      this->windows().for_each_tap([&](int /*tap*/, int to, int from) {
        add_share(in + std::int64_t{from} * this->channels(),
                  out + std::int64_t{to} * this->channels());
      });
    }
  }

  void backward(const BackwardPass<Scalar>& pass) override {
    if (pass.input_gradient == nullptr) return;
    std::fill_n(pass.input_gradient, std::int64_t{pass.rows} * this->inputs(), Scalar(0));
    for (int row = 0; row < pass.rows; ++row) {
      Scalar* in = pass.input_gradient + std::int64_t{row} * this->inputs();
      const Scalar* out = pass.output_gradient + std::int64_t{row} * this->outputs();
      this->windows().for_each_tap([&](int /*tap*/, int to, int from) {
        add_share(out + std::int64_t{to} * this->channels(),
                  in + std::int64_t{from} * this->channels());
      });
    }
  }

 private:
  void add_share(const Scalar* values, Scalar* sum) const {
    const Scalar share = Scalar(1) / static_cast<Scalar>(this->windows().side) /
                         static_cast<Scalar>(this->windows().side);
    for (int c = 0; c < this->channels(); ++c) sum[c] += share * values[c];
  }
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> make_max_pool(const Windows& windows, int max_rows) {
  return std::make_unique<MaxPool<Scalar>>(windows, max_rows);
}

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> make_avg_pool(const Windows& windows) {
  return std::make_unique<AvgPool<Scalar>>(windows);
}

template std::unique_ptr<Layer<float>> make_max_pool(const Windows&, int);
template std::unique_ptr<Layer<double>> make_max_pool(const Windows&, int);
template std::unique_ptr<Layer<float>> make_avg_pool(const Windows&);
template std::unique_ptr<Layer<double>> make_avg_pool(const Windows&);

}  // namespace gradwire
