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
      layout_{.recurrent = std::int64_t{4} * options.width * options.units,
              .biases = std::int64_t{4} * (options.width + options.units) * options.units,
              .end = std::int64_t{4} * (options.width + options.units + 1) * options.units},
      vectors_(product(mask_->length(), options.max_rows, options.width)),
      gates_(product(mask_->length(), options.max_rows, 4 * options.units)),
      cells_(product(mask_->length() + 1, options.max_rows, options.units)),
      hidden_(product(mask_->length() + 1, options.max_rows, options.units)),
      hidden_gradient_(product(1, options.max_rows, options.units)),
      cell_gradient_(product(1, options.max_rows, options.units)),
      earlier_gradient_(product(1, options.max_rows, options.units)) {}

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
typename Lstm<Scalar>::Span Lstm<Scalar>::words_of(int rows) const {
  const auto has_words = [&](int place) {
    for (int row = 0; row < rows; ++row) {
      if (mask_->has_word(row, place)) return true;
    }
    return false;
  };
  Span span{0, mask_->length()};
  while (span.first < span.end && !has_words(span.first)) ++span.first;
  while (span.end > span.first && !has_words(span.end - 1)) --span.end;
  return span;
}

template <typename Scalar>
void Lstm<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  rows_ = pass.rows;
  stride_ = std::int64_t{rows_} * options_.units;
  const Span words = words_of(rows_);
  std::fill_n(hidden(words.first), stride_, Scalar(0));
  std::fill_n(cell(words.first), stride_, Scalar(0));
  for (int row = 0; row < rows_; ++row) {
    for (int place = words.first; place < words.end; ++place) {
      std::copy_n(pass.inputs + (std::int64_t{row} * mask_->length() + place) * options_.width,
                  options_.width, vectors(place) + std::int64_t{row} * options_.width);
    }
  }
  if (words.count() > 0) {
    gemm<Scalar>({std::int64_t{words.count()} * rows_, 4 * options_.units, options_.width},
                 {vectors(words.first)}, {parameters_}, gates(words.first));
  }
  for (int place = words.first; place < words.end; ++place) take_step(place, rows_);
  std::copy_n(hidden(words.end), stride_, pass.outputs);
}

template <typename Scalar>
void Lstm<Scalar>::take_step(int place, int rows) {
  const int units = options_.units;
  gemm<Scalar>({rows, 4 * units, units}, {hidden(place)}, {parameters_ + layout_.recurrent},
               gates(place), GemmMode::add);
  const ConstValues<Scalar> biases(parameters_ + layout_.biases, 4 * units);
  for (int row = 0; row < rows; ++row) {
    Scalar* const gate = gates(place) + std::int64_t{row} * 4 * units;
    const std::int64_t at = std::int64_t{row} * units;
    if (!mask_->has_word(row, place)) {
      std::copy_n(cell(place) + at, units, cell(place + 1) + at);
      std::copy_n(hidden(place) + at, units, hidden(place + 1) + at);
      continue;
    }
    Values<Scalar>(gate, 4 * units) += biases;
    Values<Scalar> input(gate, units);
    Values<Scalar> forget(gate + units, units);
    Values<Scalar> candidate(gate + 2 * units, units);
    Values<Scalar> output(gate + 3 * units, units);
    Values<Scalar>(gate, 2 * units) = Values<Scalar>(gate, 2 * units).logistic();
    candidate = candidate.tanh();
    output = output.logistic();
    Values<Scalar> next(cell(place + 1) + at, units);
    next = forget * ConstValues<Scalar>(cell(place) + at, units) + input * candidate;
    Values<Scalar>(hidden(place + 1) + at, units) = output * next.tanh();
  }
}

// From the gradients of the states after the place to those before it, and of the gates.
template <typename Scalar>
void Lstm<Scalar>::undo_step(int place, int rows) {
  const int units = options_.units;
  for (int row = 0; row < rows; ++row) {
    Scalar* const gate = gates(place) + std::int64_t{row} * 4 * units;
    if (!mask_->has_word(row, place)) {
      std::fill_n(gate, 4 * units, Scalar(0));
      continue;
    }
    const std::int64_t at = std::int64_t{row} * units;
    Values<Scalar> input(gate, units);
    Values<Scalar> forget(gate + units, units);
    Values<Scalar> candidate(gate + 2 * units, units);
    Values<Scalar> output(gate + 3 * units, units);
    const ConstValues<Scalar> before(cell(place) + at, units);
    const ConstValues<Scalar> dh(hidden_gradient_.data() + at, units);
    Values<Scalar> dc(cell_gradient_.data() + at, units);
    // tanh(c) is h / o, but o may be 0.
    Values<Scalar> tanh_c(earlier_gradient_.data() + at, units);
    tanh_c = ConstValues<Scalar>(cell(place + 1) + at, units).tanh();
    dc += dh * output * (Scalar(1) - tanh_c * tanh_c);
    output = dh * tanh_c * output * (Scalar(1) - output);
    tanh_c = dc * candidate * input * (Scalar(1) - input);  // of the input gate
    candidate = dc * input * (Scalar(1) - candidate * candidate);
    input = tanh_c;
    tanh_c = dc * forget;  // of the cell before
    forget = dc * before * forget * (Scalar(1) - forget);
    dc = tanh_c;
  }
  gemm<Scalar>({rows, units, 4 * units}, {gates(place)}, {parameters_ + layout_.recurrent, true},
               earlier_gradient_.data());
  for (int row = 0; row < rows; ++row) {
    if (!mask_->has_word(row, place)) continue;  // the gradient passes by
    const std::int64_t at = std::int64_t{row} * units;
    std::copy_n(earlier_gradient_.data() + at, units, hidden_gradient_.data() + at);
  }
}

template <typename Scalar>
void Lstm<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  const Span words = words_of(rows_);
  std::copy_n(pass.output_gradient, stride_, hidden_gradient_.data());
  std::fill_n(cell_gradient_.data(), stride_, Scalar(0));
  for (int place = words.end; place-- > words.first;) undo_step(place, rows_);
  finish_backward(pass, words);
}

// From the gradients of all gates to those of the parameters and the inputs.
template <typename Scalar>
void Lstm<Scalar>::finish_backward(const BackwardPass<Scalar>& pass, const Span& words) {
  const std::int64_t all = std::int64_t{words.count()} * rows_;
  const int four = 4 * options_.units;
  if (pass.input_gradient != nullptr) {
    std::fill_n(pass.input_gradient, std::int64_t{rows_} * inputs(), Scalar(0));
  }
  if (all == 0) {
    std::fill_n(gradients_, layout_.end, Scalar(0));
    return;
  }
  const Scalar* const dgates = gates(words.first);
  gemm<Scalar>({options_.width, four, all}, {vectors(words.first), true}, {dgates}, gradients_);
  gemm<Scalar>({options_.units, four, all}, {hidden(words.first), true}, {dgates},
               gradients_ + layout_.recurrent);
  Values<Scalar> biases(gradients_ + layout_.biases, four);
  biases.setZero();
  for (std::int64_t i = 0; i < all; ++i) biases += ConstValues<Scalar>(dgates + i * four, four);
  if (pass.input_gradient == nullptr) return;
  gemm<Scalar>({all, options_.width, four}, {dgates}, {parameters_, true}, vectors(words.first));
  for (int row = 0; row < rows_; ++row) {
    for (int place = words.first; place < words.end; ++place) {
      std::copy_n(
          vectors(place) + std::int64_t{row} * options_.width, options_.width,
          pass.input_gradient + (std::int64_t{row} * mask_->length() + place) * options_.width);
    }
  }
}

template class Lstm<float>;
template class Lstm<double>;

}  // namespace gradwire
