// The random start of weights.
#pragma once

#include <span>

#include "netmodel/random_streams.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// How many inputs each output sums over, and how many outputs each input reaches.
struct Fans {
  int in;
  int out;
};

/// Fills `weights`. Kaiming: He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015,
/// equation 10. Xavier: Glorot, Bengio, "Understanding the difficulty of training deep feedforward
/// neural networks", AISTATS 2010, equations 12 and 16. Signed Kaiming constant: Ramanujan et al.,
/// "What's hidden in a randomly weighted neural network?", CVPR 2020, section 3.
template <typename Scalar>
void draw_weights(Initialiser initialiser, Fans fans, RandomEngine& engine,
                  std::span<Scalar> weights);

}  // namespace gradwire
