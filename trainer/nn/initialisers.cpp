#include "trainer/nn/initialisers.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
void draw_normal(double deviation, RandomEngine& engine, std::span<Scalar> weights) {
  boost::random::normal_distribution<double> normal(0.0, deviation);
  std::ranges::generate(weights, [&] { return static_cast<Scalar>(normal(engine)); });
}

// A uniform distribution between -b and b has the standard deviation b / sqrt(3).
template <typename Scalar>
void draw_uniform(double deviation, RandomEngine& engine, std::span<Scalar> weights) {
  const double bound = std::sqrt(3.0) * deviation;
  boost::random::uniform_real_distribution<double> uniform(-bound, bound);
  std::ranges::generate(weights, [&] { return static_cast<Scalar>(uniform(engine)); });
}

template <typename Scalar>
void draw_signs(double size, RandomEngine& engine, std::span<Scalar> weights) {
  std::ranges::generate(weights, [&] {
    const bool negative = engine() >> 63 != 0;
    return static_cast<Scalar>(negative ? -size : size);
  });
}

}  // namespace

template <typename Scalar>
void draw_weights(Initialiser initialiser, Fans fans, RandomEngine& engine,
                  std::span<Scalar> weights) {
  const double kaiming = std::sqrt(2.0 / fans.in);
  const double xavier = std::sqrt(2.0 / (static_cast<double>(fans.in) + fans.out));
  switch (initialiser) {
    case Initialiser::kaiming_normal:
      return draw_normal(kaiming, engine, weights);
    case Initialiser::kaiming_uniform:
      return draw_uniform(kaiming, engine, weights);
    case Initialiser::xavier_normal:
      return draw_normal(xavier, engine, weights);
    case Initialiser::xavier_uniform:
      return draw_uniform(xavier, engine, weights);
    case Initialiser::signed_kaiming_constant:
      return draw_signs(kaiming, engine, weights);
  }
  CHECK(false, "initialiser {}", static_cast<int>(initialiser));
}

template void draw_weights(Initialiser, Fans, RandomEngine&, std::span<float>);
template void draw_weights(Initialiser, Fans, RandomEngine&, std::span<double>);

}  // namespace gradwire
