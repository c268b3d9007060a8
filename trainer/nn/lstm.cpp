#include "trainer/nn/lstm.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <cstddef>

#include "trainer/nn/gemm.hpp"
#include "trainer/nn/transpose.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
using Values = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
template <typename Scalar>
using ConstValues = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>>;

std::size_t product(int a, int b, int c) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c);
}

}  // namespace

template <typename Scalar>
Lstm<Scalar>::Lstm(const Options& options, std::shared_ptr<const SequenceMask> mask)
    : options_(options),
      mask_(std::move(mask)),
      layout_{.recurrent = std::int64_t{4} * options.width * options.units,
              .biases = std::int64_t{4} * (options.width + options.units) * options.units,
              .end = std::int64_t{4} * (options.width + options.units + 1) * options.units},
      vectors_(product(mask_->length(), options.max_rows, options.width)),
      gates_(product(mask_->length(), options.max_rows, 4 * options.units)),
      cells_before_(product(mask_->length(), options.max_rows, options.units)),
      hidden_before_(product(mask_->length(), options.max_rows, options.units)),
      cell_tanhs_(product(mask_->length(), options.max_rows, options.units)),
      hidden_(product(1, options.max_rows, options.units)),
      cells_(product(1, options.max_rows, options.units)),
      hidden_gradient_(product(1, options.max_rows, options.units)),
      cell_gradient_(product(1, options.max_rows, options.units)),
      earlier_gradient_(product(1, options.max_rows, options.units)),
      transposed_weights_(product(4, std::max(options.width, options.units), options.units)) {
  places_.reserve(static_cast<std::size_t>(mask_->length()));
}

template <typename Scalar>
void Lstm<Scalar>::bind(const LayerMemory<Scalar>& memory) {
  parameters_ = memory.parameters;
  gradients_ = memory.gradients;
}

template <typename Scalar>
void Lstm<Scalar>::initialise(RandomEngine& engine) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(options_.units));
  boost::random::uniform_real_distribution<double> uniform(-bound, bound);
  std::generate_n(parameters_, layout_.biases,
                  [&] { return static_cast<Scalar>(uniform(engine)); });
  Scalar* const biases = parameters_ + layout_.biases;
  std::fill_n(biases, 4 * options_.units, Scalar(0));
  std::fill_n(biases + options_.units, options_.units, Scalar(1));
}

template <typename Scalar>
void Lstm<Scalar>::find_words(int rows) {
  places_.clear();
  all_rows_ = 0;
  for (int place = 0; place < mask_->length(); ++place) {
    int count = rows;
    while (count > 0 && !mask_->has_word(count - 1, place)) --count;
    if (count == 0) continue;
    places_.push_back({place, count, all_rows_});
    all_rows_ += count;
  }
}

template <typename Scalar>
void Lstm<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  const int width = options_.width;
  const std::int64_t size = std::int64_t{pass.rows} * options_.units;
  find_words(pass.rows);
  std::fill_n(hidden_.data(), size, Scalar(0));
  std::fill_n(cells_.data(), size, Scalar(0));
  for (const Place& at : places_) {
    for (int row = 0; row < at.rows; ++row) {
      std::copy_n(pass.inputs + (std::int64_t{row} * mask_->length() + at.place) * width, width,
                  vectors_.data() + (at.begin + row) * width);
    }
  }
  if (all_rows_ > 0) {
    gemm<Scalar>({all_rows_, 4 * options_.units, width}, {vectors_.data()}, {parameters_},
                 gates_.data());
  }
  for (const Place& at : places_) take_step(at);
  std::copy_n(hidden_.data(), size, pass.outputs);
}

template <typename Scalar>
void Lstm<Scalar>::take_step(const Place& at) {
  const int units = options_.units;
  const std::int64_t size = std::int64_t{at.rows} * units;
  const std::int64_t begin = at.begin * units;
  std::copy_n(hidden_.data(), size, hidden_before_.data() + begin);
  std::copy_n(cells_.data(), size, cells_before_.data() + begin);
  gemm<Scalar>({at.rows, 4 * units, units}, {hidden_.data()}, {parameters_ + layout_.recurrent},
               gates_.data() + 4 * begin, GemmMode::add);
  const ConstValues<Scalar> biases(parameters_ + layout_.biases, 4 * units);
  for (int row = 0; row < at.rows; ++row) {
    if (!mask_->has_word(row, at.place)) continue;
    const std::int64_t own = std::int64_t{row} * units;
    Scalar* const gate = gates_.data() + 4 * (begin + own);
    Values<Scalar>(gate, 4 * units) += biases;
    Values<Scalar> input(gate, units);
    Values<Scalar> forget(gate + units, units);
    Values<Scalar> candidate(gate + 2 * units, units);
    Values<Scalar> output(gate + 3 * units, units);
    Values<Scalar>(gate, 2 * units) = Values<Scalar>(gate, 2 * units).logistic();
    candidate = candidate.tanh();
    output = output.logistic();
    Values<Scalar> cell(cells_.data() + own, units);
    cell = forget * cell + input * candidate;
    Values<Scalar> tanh_c(cell_tanhs_.data() + begin + own, units);
    tanh_c = cell.tanh();
    Values<Scalar>(hidden_.data() + own, units) = output * tanh_c;
  }
}

// From the gradients of the states after the place to those before it, and of the gates. The
// transpose of Wh is ready.
template <typename Scalar>
void Lstm<Scalar>::undo_step(const Place& at) {
  const int units = options_.units;
  const std::int64_t begin = at.begin * units;
  for (int row = 0; row < at.rows; ++row) {
    const std::int64_t own = std::int64_t{row} * units;
    Scalar* const gate = gates_.data() + 4 * (begin + own);
    if (!mask_->has_word(row, at.place)) {
      std::fill_n(gate, 4 * units, Scalar(0));
      continue;
    }
    const Scalar* const before = cells_before_.data() + begin + own;
    const Scalar* const tanhs = cell_tanhs_.data() + begin + own;
    const Scalar* const dhs = hidden_gradient_.data() + own;
    Scalar* const dcs = cell_gradient_.data() + own;
    Scalar* const inputs = gate;
    Scalar* const forgets = gate + units;
    Scalar* const candidates = gate + 2 * units;
    Scalar* const outputs = gate + 3 * units;
#pragma GCC ivdep  // none of these overlap
    for (int j = 0; j < units; ++j) {
      const Scalar i = inputs[j];
      const Scalar f = forgets[j];
      const Scalar g = candidates[j];
      const Scalar o = outputs[j];
      const Scalar dh = dhs[j];
      const Scalar dc = dcs[j] + dh * o * (Scalar(1) - tanhs[j] * tanhs[j]);
      inputs[j] = dc * g * i * (Scalar(1) - i);
      forgets[j] = dc * before[j] * f * (Scalar(1) - f);
      candidates[j] = dc * i * (Scalar(1) - g * g);
      outputs[j] = dh * tanhs[j] * o * (Scalar(1) - o);
      dcs[j] = dc * f;
    }
  }
  gemm<Scalar>({at.rows, units, 4 * units}, {gates_.data() + 4 * begin},
               {transposed_weights_.data()}, earlier_gradient_.data());
  for (int row = 0; row < at.rows; ++row) {
    if (!mask_->has_word(row, at.place)) continue;  // the gradient passes by
    const std::int64_t own = std::int64_t{row} * units;
    std::copy_n(earlier_gradient_.data() + own, units, hidden_gradient_.data() + own);
  }
}

template <typename Scalar>
void Lstm<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  const std::int64_t size = std::int64_t{pass.rows} * options_.units;
  std::copy_n(pass.output_gradient, size, hidden_gradient_.data());
  std::fill_n(cell_gradient_.data(), size, Scalar(0));
  transpose(parameters_ + layout_.recurrent, options_.units, 4 * options_.units,
            transposed_weights_.data());
  for (std::size_t i = places_.size(); i-- > 0;) undo_step(places_[i]);
  finish_backward(pass);
}

// From the gradients of all gates to those of the parameters and the inputs.
template <typename Scalar>
void Lstm<Scalar>::finish_backward(const BackwardPass<Scalar>& pass) {
  const int width = options_.width;
  const int four = 4 * options_.units;
  if (pass.input_gradient != nullptr) {
    std::fill_n(pass.input_gradient, std::int64_t{pass.rows} * inputs(), Scalar(0));
  }
  if (all_rows_ == 0) {
    std::fill_n(gradients_, layout_.end, Scalar(0));
    return;
  }
  const Scalar* const dgates = gates_.data();
  gemm<Scalar>({width, four, all_rows_}, {vectors_.data(), true}, {dgates}, gradients_);
  gemm<Scalar>({options_.units, four, all_rows_}, {hidden_before_.data(), true}, {dgates},
               gradients_ + layout_.recurrent);
  Values<Scalar> biases(gradients_ + layout_.biases, four);
  biases.setZero();
  for (std::int64_t i = 0; i < all_rows_; ++i) {
    biases += ConstValues<Scalar>(dgates + i * four, four);
  }
  if (pass.input_gradient == nullptr) return;
  transpose(parameters_, width, four, transposed_weights_.data());
  gemm<Scalar>({all_rows_, width, four}, {dgates}, {transposed_weights_.data()}, vectors_.data());
  for (const Place& at : places_) {
    for (int row = 0; row < at.rows; ++row) {
      std::copy_n(vectors_.data() + (at.begin + row) * width, width,
                  pass.input_gradient + (std::int64_t{row} * mask_->length() + at.place) * width);
    }
  }
}

template class Lstm<float>;
template class Lstm<double>;

}  // namespace gradwire
