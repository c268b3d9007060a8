#include "trainer/nn/pool.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

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

// As wide as the scalars, so that both fill a vector register alike.
template <typename Scalar>
using TapOf = std::conditional_t<sizeof(Scalar) == 4, std::int32_t, std::int64_t>;

// Of windows of 2 x 2 pixels, whose taps count by rows: for each channel, the first largest value
// and its tap.
template <typename Scalar>
void take_largest(const Scalar* __restrict a, const Scalar* __restrict b,
                  const Scalar* __restrict c, const Scalar* __restrict d, int channels,
                  Scalar* __restrict largest, TapOf<Scalar>* __restrict chosen) {
  using Tap = TapOf<Scalar>;
  for (int i = 0; i < channels; ++i) {
    const Scalar above = b[i] > a[i] ? b[i] : a[i];
    const Tap tap_above = b[i] > a[i] ? Tap{1} : Tap{0};
    const Scalar below = d[i] > c[i] ? d[i] : c[i];
    const Tap tap_below = d[i] > c[i] ? Tap{3} : Tap{2};
    largest[i] = below > above ? below : above;
    chosen[i] = below > above ? tap_below : tap_above;
  }
}

template <typename Scalar>
void give_to_chosen(const Scalar* __restrict gradient, const TapOf<Scalar>* __restrict chosen,
                    int channels, Scalar* __restrict a, Scalar* __restrict b, Scalar* __restrict c,
                    Scalar* __restrict d) {
  for (int i = 0; i < channels; ++i) {
    a[i] = chosen[i] == 0 ? gradient[i] : Scalar(0);
    b[i] = chosen[i] == 1 ? gradient[i] : Scalar(0);
    c[i] = chosen[i] == 2 ? gradient[i] : Scalar(0);
    d[i] = chosen[i] == 3 ? gradient[i] : Scalar(0);
  }
}

template <typename Scalar>
class MaxPool final : public Pool<Scalar> {
 public:
  MaxPool(const Windows& windows, int max_rows)
      : Pool<Scalar>(windows),
        quarters_(windows.side == 2 && windows.stride == 2 && windows.padding == 0 &&
                  windows.input.height == 2 * windows.output.height &&
                  windows.input.width == 2 * windows.output.width),
        chosen_(static_cast<std::size_t>(windows.output.features()) *
                static_cast<std::size_t>(max_rows)) {}

  void forward(const ForwardPass<Scalar>& pass) override {
    if (quarters_) {
      for_each_quarter(pass.rows, [&](std::int64_t out, std::int64_t a, std::int64_t c) {
        const Scalar* const in = pass.inputs;
        take_largest(in + a, in + a + this->channels(), in + c, in + c + this->channels(),
                     this->channels(), pass.outputs + out, chosen_.data() + out);
      });
      return;
    }
    const std::int64_t size = std::int64_t{pass.rows} * this->outputs();
    std::fill_n(pass.outputs, size, -std::numeric_limits<Scalar>::infinity());
    std::fill_n(chosen_.begin(), size, Tap{0});
    for (int row = 0; row < pass.rows; ++row) {
      const Scalar* in = pass.inputs + std::int64_t{row} * this->inputs();
      Scalar* out = pass.outputs + std::int64_t{row} * this->outputs();
      Tap* chosen = chosen_.data() + std::int64_t{row} * this->outputs();
      this->windows().for_each_tap([&](int tap, int to, int from) {
        take_larger(in + std::int64_t{from} * this->channels(),
                    out + std::int64_t{to} * this->channels(),
                    chosen + std::int64_t{to} * this->channels(), Tap{tap});
      });
    }
  }

  void backward(const BackwardPass<Scalar>& pass) override {
    if (pass.input_gradient == nullptr) return;
    if (quarters_) {
      for_each_quarter(pass.rows, [&](std::int64_t out, std::int64_t a, std::int64_t c) {
        Scalar* const in = pass.input_gradient;
        give_to_chosen(pass.output_gradient + out, chosen_.data() + out, this->channels(), in + a,
                       in + a + this->channels(), in + c, in + c + this->channels());
      });
      return;
    }
    std::fill_n(pass.input_gradient, std::int64_t{pass.rows} * this->inputs(), Scalar(0));
    for (int row = 0; row < pass.rows; ++row) {
      Scalar* in = pass.input_gradient + std::int64_t{row} * this->inputs();
      const Scalar* out = pass.output_gradient + std::int64_t{row} * this->outputs();
      const Tap* chosen = chosen_.data() + std::int64_t{row} * this->outputs();
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
  using Tap = TapOf<Scalar>;

  // Calls visit with where the values of each output pixel begin, and those of the first pixel in
  // the upper and in the lower half of its window.
  template <typename Visit>
  void for_each_quarter(int rows, Visit visit) const {
    const int width = this->windows().output.width;
    const std::int64_t input_row = std::int64_t{2} * width * this->channels();
    const std::int64_t lines = std::int64_t{rows} * this->windows().output.height;
    std::int64_t out = 0;
    for (std::int64_t line = 0; line < lines; ++line) {
      std::int64_t from = 2 * line * input_row;
      for (int x = 0; x < width; ++x) {
        visit(out, from, from + input_row);
        out += this->channels();
        from += std::int64_t{2} * this->channels();
      }
    }
  }

  void take_larger(const Scalar* in, Scalar* out, Tap* chosen, Tap tap) const {
    for (int c = 0; c < this->channels(); ++c) {
      const bool larger = in[c] > out[c];
      out[c] = larger ? in[c] : out[c];
      chosen[c] = larger ? tap : chosen[c];
    }
  }

  bool quarters_;            // whether windows are the 2 x 2 pixels that an image is divided into
  std::vector<Tap> chosen_;  // for each output of a batch: the place in its window
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
