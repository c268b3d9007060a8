#include "trainer/nn/embedding.hpp"

#include <algorithm>
#include <boost/random/uniform_real_distribution.hpp>

#include "netmodel/check.hpp"

namespace gradwire {

template <typename Scalar>
void Embedding<Scalar>::bind(const LayerMemory<Scalar>& memory) {
  vectors_ = memory.parameters;
  gradients_ = memory.gradients;
}

template <typename Scalar>
void Embedding<Scalar>::initialise(RandomEngine& engine) {
  boost::random::uniform_real_distribution<double> uniform(-kBound, kBound);
  std::generate_n(vectors_, parameter_count(),
                  [&] { return static_cast<Scalar>(uniform(engine)); });
}

template <typename Scalar>
std::int32_t Embedding<Scalar>::token_of(Scalar input) const {
  const auto token = static_cast<std::int32_t>(input);
  CHECK(static_cast<Scalar>(token) == input && token >= 0 && token < options_.vocabulary,
        "token {} of a vocabulary of {}", input, options_.vocabulary);
  return token;
}

template <typename Scalar>
void Embedding<Scalar>::forward(const ForwardPass<Scalar>& pass) {
  const Scalar* in = pass.inputs;
  Scalar* out = pass.outputs;
  for (int row = 0; row < pass.rows; ++row) {
    for (int place = 0; place < mask_->length(); ++place, out += options_.width) {
      const std::int32_t token = token_of(*in++);
      mask_->set(row, place, token != kPaddingToken);
      if (token == kPaddingToken) {
        std::fill_n(out, options_.width, Scalar(0));
      } else {
        std::copy_n(vectors_ + std::int64_t{token} * options_.width, options_.width, out);
      }
    }
  }
}

template <typename Scalar>
void Embedding<Scalar>::backward(const BackwardPass<Scalar>& pass) {
  // No small change of a token changes anything.
  const std::int64_t places = std::int64_t{pass.rows} * mask_->length();
  if (pass.input_gradient != nullptr) std::fill_n(pass.input_gradient, places, Scalar(0));
  std::fill_n(gradients_, parameter_count(), Scalar(0));
  const Scalar* from = pass.output_gradient;
  for (std::int64_t i = 0; i < places; ++i, from += options_.width) {
    const std::int32_t token = token_of(pass.inputs[i]);
    if (token == kPaddingToken) continue;
    Scalar* to = gradients_ + std::int64_t{token} * options_.width;
    for (int j = 0; j < options_.width; ++j) to[j] += from[j];
  }
}

template class Embedding<float>;
template class Embedding<double>;

}  // namespace gradwire
