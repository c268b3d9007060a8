#include "trainer/nn/initialisers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gradwire {
namespace {

constexpr std::size_t kWeights = 100'000;
constexpr Fans kFans = {50, 150};

std::vector<double> drawn(Initialiser initialiser) {
  std::vector<double> weights(kWeights);
  RandomEngine engine = RandomStreams(1).stream("weights");
  draw_weights<double>(initialiser, kFans, engine, weights);
  return weights;
}

struct Moments {
  double mean = 0;
  double variance = 0;
  double largest = 0;
};

Moments moments_of(const std::vector<double>& weights) {
  Moments moments;
  for (const double weight : weights) {
    moments.mean += weight / kWeights;
    moments.variance += weight * weight / kWeights;
    moments.largest = std::max(moments.largest, std::abs(weight));
  }
  return moments;
}

// Kaiming: 2 / 50 = 0.04; Xavier: 2 / 200 = 0.01. Of 100 000 draws the variance has a relative
// standard error of at most sqrt(2 / 100 000) = 0.45 %, the mean one of 0.2 / 316 = 0.0007.
class InitialiserMoments : public testing::TestWithParam<std::pair<Initialiser, double>> {};

TEST_P(InitialiserMoments, AreThoseOfThePaper) {
  const auto [initialiser, variance] = GetParam();
  const Moments moments = moments_of(drawn(initialiser));
  EXPECT_NEAR(moments.mean, 0, 0.003);
  EXPECT_NEAR(moments.variance, variance, 0.02 * variance);
}

INSTANTIATE_TEST_SUITE_P(All, InitialiserMoments,
                         testing::Values(std::pair{Initialiser::kaiming_normal, 0.04},
                                         std::pair{Initialiser::kaiming_uniform, 0.04},
                                         std::pair{Initialiser::xavier_normal, 0.01},
                                         std::pair{Initialiser::xavier_uniform, 0.01},
                                         std::pair{Initialiser::signed_kaiming_constant, 0.04}),
                         [](const auto& info) {
                           std::string name = to_string(info.param.first);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Initialisers, UniformOnesHaveBoundsAndNormalOnesHaveNone) {
  // sqrt(6 / 50) = 0.346, sqrt(6 / 200) = 0.173; of 100 000 normal draws some are beyond three
  // deviations.
  EXPECT_LE(moments_of(drawn(Initialiser::kaiming_uniform)).largest, std::sqrt(6.0 / 50));
  EXPECT_LE(moments_of(drawn(Initialiser::xavier_uniform)).largest, std::sqrt(6.0 / 200));
  EXPECT_GT(moments_of(drawn(Initialiser::kaiming_normal)).largest, 3 * 0.2);
  EXPECT_GT(moments_of(drawn(Initialiser::xavier_normal)).largest, 3 * 0.1);
}

TEST(Initialisers, TheSignedConstantHasTwoValues) {
  for (const double weight : drawn(Initialiser::signed_kaiming_constant)) {
    EXPECT_EQ(std::abs(weight), std::sqrt(2.0 / 50));
  }
}

}  // namespace
}  // namespace gradwire
