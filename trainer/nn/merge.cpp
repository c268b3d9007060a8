#include "trainer/nn/merge.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {

template <typename Scalar>
Merge<Scalar>::Merge(std::vector<Chain<Scalar>> branches) : branches_(std::move(branches)) {
  CHECK(!branches_.empty(), "no branches");
  for (const Chain<Scalar>& branch : branches_) {
    CHECK(branch.outputs() == outputs(), "branches of {} and {} outputs", outputs(),
          branch.outputs());
    const std::size_t size =
        static_cast<std::size_t>(branch.inputs()) * static_cast<std::size_t>(branch.max_rows());
    features_.emplace_back(size);
    gradients_.emplace_back(size);
  }
  places_.resize(static_cast<std::size_t>(branches_.front().max_rows()));
}

template <typename Scalar>
int Merge<Scalar>::inputs() const {
  int sum = 0;
  for (const Chain<Scalar>& branch : branches_) sum += branch.inputs();
  return sum;
}

template <typename Scalar>
std::int64_t Merge<Scalar>::parameter_count() const {
  std::int64_t sum = 0;
  for (const Chain<Scalar>& branch : branches_) sum += branch.parameter_count();
  return sum;
}

template <typename Scalar>
std::int64_t Merge<Scalar>::frozen_count() const {
  std::int64_t sum = 0;
  for (const Chain<Scalar>& branch : branches_) sum += branch.frozen_count();
  return sum;
}

template <typename Scalar>
void Merge<Scalar>::bind(const LayerMemory<Scalar>& memory) {
  LayerMemory<Scalar> next = memory;
  for (Chain<Scalar>& branch : branches_) {
    branch.bind(next);
    next.parameters += branch.parameter_count();
    next.gradients += branch.parameter_count();
    next.frozen += branch.frozen_count();
  }
}

template <typename Scalar>
void Merge<Scalar>::initialise(RandomEngine& engine) {
  for (Chain<Scalar>& branch : branches_) {
    for (const auto& layer : branch.layers()) layer->initialise(engine);
  }
}

template <typename Scalar>
void Merge<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  const int width = outputs();
  int first = 0;
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    ForwardPass<Scalar> branch = pass;
    branch.rows = take_features(pass, i, first);
    branch.inputs = features_[i].data();
    const Scalar* part = branches_[i].forward(branch);
    for (int row = 0; row < pass.rows; ++row) {
      const Scalar* from = part + std::int64_t{places_[static_cast<std::size_t>(row)]} * width;
      Scalar* to = pass.outputs + std::int64_t{row} * width;
      if (i == 0) {
        std::copy_n(from, width, to);
      } else {
        for (int j = 0; j < width; ++j) to[j] += from[j];
      }
    }
    first += branches_[i].inputs();
  }
}

// The features from `first` on of each row, for a branch. Returns how many rows it has to look at:
// in evaluation, one that is like the row before shares its place.
template <typename Scalar>
int Merge<Scalar>::take_features(const ForwardPass<Scalar>& pass, std::size_t branch, int first) {
  const int all = inputs();
  const int own = branches_[branch].inputs();
  Scalar* next = features_[branch].data();
  int rows = 0;
  for (int row = 0; row < pass.rows; ++row) {
    const Scalar* from = pass.inputs + std::int64_t{row} * all + first;
    const bool is_known =
        pass.phase == Phase::evaluation && rows > 0 && std::equal(from, from + own, next - own);
    if (!is_known) {
      next = std::copy_n(from, own, next);
      ++rows;
    }
    places_[static_cast<std::size_t>(row)] = rows - 1;
  }
  return rows;
}

template <typename Scalar>
void Merge<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  const int all = inputs();
  const bool wanted = pass.input_gradient != nullptr;
  int first = 0;
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    const int own = branches_[i].inputs();
    branches_[i].backward({.rows = pass.rows,
                           .inputs = features_[i].data(),
                           .outputs = nullptr,
                           .output_gradient = pass.output_gradient,
                           .input_gradient = wanted ? gradients_[i].data() : nullptr});
    for (int row = 0; wanted && row < pass.rows; ++row) {
      std::copy_n(gradients_[i].data() + std::int64_t{row} * own, own,
                  pass.input_gradient + std::int64_t{row} * all + first);
    }
    first += own;
  }
}

template class Merge<float>;
template class Merge<double>;

}  // namespace gradwire
