#include "trainer/nn/edge_popup.hpp"

#include <algorithm>
#include <bit>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "trainer/nn/initialisers.hpp"

namespace gradwire {
namespace {

constexpr int kBucketBits = 16;

// The upper bits of an integer that is larger for a larger number.
template <typename Scalar>
std::size_t bucket_of(Scalar value) {
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  constexpr int kBits = std::numeric_limits<Bits>::digits;
  const Bits bits = std::bit_cast<Bits>(value + Scalar(0));  // -0 becomes 0
  const bool negative = bits >> (kBits - 1) != 0;
  const Bits ordered = negative ? static_cast<Bits>(~bits) : bits | (Bits{1} << (kBits - 1));
  return static_cast<std::size_t>(ordered >> (kBits - kBucketBits));
}

}  // namespace

template <typename Scalar>
EdgePopup<Scalar>::EdgePopup(std::unique_ptr<LinearMap<Scalar>> map, const Options& options)
    : map_(std::move(map)), options_(options), buckets_(std::size_t{1} << kBucketBits) {
  const auto count = static_cast<std::size_t>(map_->weight_count());
  kept_ = count - static_cast<std::size_t>((1.0 - options.keep) * static_cast<double>(count));
  masked_.resize(count);
  candidates_.reserve(count);
}

template <typename Scalar>
void EdgePopup<Scalar>::bind(const LayerMemory<Scalar>& memory) {
  scores_ = memory.parameters;
  score_gradients_ = memory.gradients;
  weights_ = memory.frozen;
}

template <typename Scalar>
void EdgePopup<Scalar>::initialise(RandomEngine& engine) {
  draw_weights<Scalar>(options_.initialiser, map_->fans(), engine, {weights_, masked_.size()});
  const double bound = 1.0 / std::sqrt(static_cast<double>(map_->fans().in));
  boost::random::uniform_real_distribution<double> uniform(-bound, bound);
  std::generate_n(scores_, masked_.size(), [&] { return static_cast<Scalar>(uniform(engine)); });
}

template <typename Scalar>
void EdgePopup<Scalar>::mask_weights() {
  const std::size_t count = masked_.size();
  if (kept_ == count) {
    std::copy_n(weights_, count, masked_.begin());
    return;
  }
  const bool by_magnitude = options_.rank == ScoreRank::magnitude;
  const auto ranked = [&](std::size_t i) {
    return by_magnitude ? std::abs(scores_[i]) : scores_[i];
  };
  // The bucket in which the lowest score lies that is still kept, and how many lie above it.
  std::ranges::fill(buckets_, 0U);
  for (std::size_t i = 0; i < count; ++i) ++buckets_[bucket_of(ranked(i))];
  std::size_t bucket = buckets_.size() - 1;
  std::size_t above = 0;
  while (above + buckets_[bucket] < kept_) above += buckets_[bucket--];
  candidates_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    if (bucket_of(ranked(i)) == bucket) candidates_.push_back(ranked(i));
  }
  const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(kept_ - above - 1);
  std::nth_element(candidates_.begin(), last, candidates_.end(), std::greater<>());
  const Scalar threshold = *last;
  std::size_t equal =
      kept_ - above -
      static_cast<std::size_t>(std::count_if(
          candidates_.begin(), last, [&](Scalar candidate) { return candidate > threshold; }));
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar score = ranked(i);
    bool keeps = score > threshold;
    if (score == threshold && equal > 0) {
      keeps = true;
      --equal;
    }
    masked_[i] = keeps ? weights_[i] : Scalar(0);
  }
}

template <typename Scalar>
void EdgePopup<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  mask_weights();
  map_->apply(pass.rows, pass.inputs, masked_.data(), nullptr, pass.outputs);
}

template <typename Scalar>
void EdgePopup<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  map_->weight_gradient(pass.rows, pass.inputs, pass.output_gradient, score_gradients_, nullptr);
  for (std::size_t i = 0; i < masked_.size(); ++i) score_gradients_[i] *= weights_[i];
  if (options_.rank == ScoreRank::magnitude) {
    for (std::size_t i = 0; i < masked_.size(); ++i) {
      score_gradients_[i] = scores_[i] < 0 ? -score_gradients_[i] : score_gradients_[i];
    }
  }
  if (pass.input_gradient != nullptr) {
    map_->input_gradient(pass.rows, pass.output_gradient, masked_.data(), pass.input_gradient);
  }
}

template class EdgePopup<float>;
template class EdgePopup<double>;

}  // namespace gradwire
