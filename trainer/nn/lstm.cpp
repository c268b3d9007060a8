#include "trainer/nn/lstm.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <cstddef>

#include "trainer/nn/gemm.hpp"

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
      layout_{.biases = std::int64_t{4} * (options.width + options.units) * options.units,
              .end = std::int64_t{4} * (options.width + options.units + 1) * options.units},
      before_(product(mask_->length(), options.max_rows, options.width + options.units)),
      gates_(product(mask_->length(), options.max_rows, 4 * options.units)),
      cells_before_(product(mask_->length(), options.max_rows, options.units)),
      cell_tanhs_(product(mask_->length(), options.max_rows, options.units)),
      hidden_(product(1, options.max_rows, options.units)),
      cells_(product(1, options.max_rows, options.units)),
      hidden_gradient_(product(1, options.max_rows, options.units)),
      cell_gradient_(product(1, options.max_rows, options.units)),
      before_gradient_(product(1, options.max_rows, options.width + options.units)),
      weights_(options.width + options.units, 4 * options.units),
      back_weights_(4 * options.units, options.width + options.units) {
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
  const std::int64_t size = std::int64_t{pass.rows} * options_.units;
  find_words(pass.rows);
  std::fill_n(hidden_.data(), size, Scalar(0));
  std::fill_n(cells_.data(), size, Scalar(0));
  weights_.set({parameters_});
  for (const Place& at : places_) take_step(at, pass.inputs);
  std::copy_n(hidden_.data(), size, pass.outputs);
}

template <typename Scalar>
void Lstm<Scalar>::take_step(const Place& at, const Scalar* inputs) {
  const int width = options_.width;
  const int units = options_.units;
  const std::int64_t begin = at.begin * units;
  Scalar* const before = before_.data() + at.begin * (width + units);
  for (std::int64_t row = 0; row < at.rows; ++row) {
    Scalar* const own = before + row * (width + units);
    std::copy_n(inputs + (row * mask_->length() + at.place) * width, width, own);
    std::copy_n(hidden_.data() + row * units, units, own + width);
  }
  std::copy_n(cells_.data(), std::int64_t{at.rows} * units, cells_before_.data() + begin);
  weights_.multiply(at.rows, before, gates_.data() + 4 * begin);
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

// From the gradients of the states after the place to those of the gates, the cells before it and
// the biases.
template <typename Scalar>
void Lstm<Scalar>::undo_gates(const Place& at) {
  const int units = options_.units;
  const std::int64_t begin = at.begin * units;
  Scalar* const input_biases = gradients_ + layout_.biases;
  Scalar* const forget_biases = input_biases + units;
  Scalar* const candidate_biases = input_biases + 2 * units;
  Scalar* const output_biases = input_biases + 3 * units;
  for (int row = 0; row < at.rows; ++row) {
    const std::int64_t own = std::int64_t{row} * units;
    Scalar* const inputs = gates_.data() + 4 * (begin + own);
    if (!mask_->has_word(row, at.place)) {
      std::fill_n(inputs, 4 * units, Scalar(0));
      continue;
    }
    Scalar* const forgets = inputs + units;
    Scalar* const candidates = inputs + 2 * units;
    Scalar* const outputs = inputs + 3 * units;
    const Scalar* const before = cells_before_.data() + begin + own;
    const Scalar* const tanhs = cell_tanhs_.data() + begin + own;
    const Scalar* const dhs = hidden_gradient_.data() + own;
    Scalar* const dcs = cell_gradient_.data() + own;
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
      input_biases[j] += inputs[j];
      forget_biases[j] += forgets[j];
      candidate_biases[j] += candidates[j];
      output_biases[j] += outputs[j];
    }
  }
}

// Besides, to the gradients of the hidden states before the place and of the inputs there.
template <typename Scalar>
void Lstm<Scalar>::undo_step(const Place& at, Scalar* input_gradient) {
  const int width = options_.width;
  const int units = options_.units;
  undo_gates(at);
  back_weights_.multiply(at.rows, gates_.data() + 4 * at.begin * units, before_gradient_.data());
  for (std::int64_t row = 0; row < at.rows; ++row) {
    if (!mask_->has_word(static_cast<int>(row), at.place)) continue;  // the gradient passes by
    const Scalar* const own = before_gradient_.data() + row * (width + units);
    if (input_gradient != nullptr) {
      std::copy_n(own, width, input_gradient + (row * mask_->length() + at.place) * width);
    }
    std::copy_n(own + width, units, hidden_gradient_.data() + row * units);
  }
}

// Zeros where there is no word.
template <typename Scalar>
void Lstm<Scalar>::clear_gaps(int rows, Scalar* input_gradient) const {
  for (int row = 0; row < rows; ++row) {
    for (int place = 0; place < mask_->length(); ++place, input_gradient += options_.width) {
      if (!mask_->has_word(row, place)) std::fill_n(input_gradient, options_.width, Scalar(0));
    }
  }
}

template <typename Scalar>
void Lstm<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  const int depth = options_.width + options_.units;
  const int four = 4 * options_.units;
  const std::int64_t size = std::int64_t{pass.rows} * options_.units;
  std::copy_n(pass.output_gradient, size, hidden_gradient_.data());
  std::fill_n(cell_gradient_.data(), size, Scalar(0));
  if (pass.input_gradient != nullptr) clear_gaps(pass.rows, pass.input_gradient);
  std::fill_n(gradients_ + layout_.biases, four, Scalar(0));
  back_weights_.set({parameters_, true});
  for (std::size_t i = places_.size(); i-- > 0;) undo_step(places_[i], pass.input_gradient);
  if (all_rows_ == 0) {
    std::fill_n(gradients_, layout_.biases, Scalar(0));
    return;
  }
  gemm<Scalar>({depth, four, all_rows_}, {before_.data(), true}, {gates_.data()}, gradients_);
}

template class Lstm<float>;
template class Lstm<double>;

}  // namespace gradwire
