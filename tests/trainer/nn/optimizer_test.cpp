#include "trainer/nn/optimizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

std::string refusal(const OptimizerSpec& spec) {
  try {
    make_optimizer(spec, 1);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

// All numbers below are exact in binary, so that equality is meant.

TEST(Sgd, MovesAgainstTheGradient) {
  const auto sgd = make_optimizer({.rate = 0.5}, 2);
  std::vector<float> parameters = {1, -2};
  sgd->step(parameters, std::vector<float>{0.5F, 1});
  EXPECT_EQ(parameters, (std::vector<float>{0.75F, -2.5F}));
  EXPECT_TRUE(sgd->state().empty());
}

TEST(Sgd, MomentumMatchesHandDerivedNumbers) {
  // momentum 0.5, rate 0.25, from w = 1 and v = 0:
  //   g = 1:  v = 1,             w = 1 - 0.25          = 0.75
  //   g = 2:  v = 0.5 + 2 = 2.5, w = 0.75 - 0.625      = 0.125
  //   g = 0:  v = 1.25,          w = 0.125 - 0.3125    = -0.1875
  const auto sgd = make_optimizer({.rate = 0.25, .momentum = 0.5}, 1);
  std::vector<float> parameters = {1};
  const auto after = [&](float gradient) {
    sgd->step(parameters, std::vector<float>{gradient});
    return parameters[0];
  };
  EXPECT_EQ(after(1), 0.75F);
  EXPECT_EQ(after(2), 0.125F);
  EXPECT_EQ(after(0), -0.1875F);
  ASSERT_EQ(sgd->state().size(), 1U);
  EXPECT_EQ(sgd->state()[0], 1.25F);
}

// The parameter after steps with these gradients, from w = 1.
float after_steps(const OptimizerSpec& spec, const std::vector<float>& gradients) {
  const auto optimizer = make_optimizer(spec, 1);
  std::vector<float> parameters = {1};
  for (const float gradient : gradients) optimizer->step(parameters, std::vector<float>{gradient});
  return parameters[0];
}

TEST(Sgd, NesterovLooksAhead) {
  // g = 1: v = 1,   w = 1 - 0.25 (1 + 0.5 * 1)       = 0.625
  // g = 2: v = 2.5, w = 0.625 - 0.25 (2 + 0.5 * 2.5) = -0.1875
  const OptimizerSpec spec{.kind = OptimizerKind::nesterov, .rate = 0.25, .momentum = 0.5};
  EXPECT_EQ(after_steps(spec, {1}), 0.625F);
  EXPECT_EQ(after_steps(spec, {1, 2}), -0.1875F);
}

TEST(Sgd, WeightDecayIsPartOfTheGradient) {
  // g = 1 + 0.5 * 1 = 1.5: w = 1 - 0.25 * 1.5 = 0.625
  // g = 0 + 0.5 * 0.625 = 0.3125; without momentum w = 0.625 - 0.078125 = 0.546875,
  // with momentum 0.5 v = 0.75 + 0.3125 = 1.0625, w = 0.625 - 0.265625 = 0.359375
  EXPECT_EQ(after_steps({.rate = 0.25, .weight_decay = 0.5}, {1, 0}), 0.546875F);
  EXPECT_EQ(after_steps({.rate = 0.25, .momentum = 0.5, .weight_decay = 0.5}, {1, 0}), 0.359375F);
}

TEST(Adam, MatchesHandDerivedNumbers) {
  // beta1 = beta2 = 0.5, rate 0.25, epsilon 1:
  //   g = 2: m = 1, v = 2; unbiased m = 2, v = 4: w = 1 - 0.25 * 2 / (2 + 1) = 5/6
  //   g = 0: m = 0.5, v = 1; unbiased m = 0.5 / 0.75 = 2/3, v = 4/3:
  //          w = 5/6 - 0.25 * (2/3) / (sqrt(4/3) + 1) = 0.7559845
  const OptimizerSpec spec{
      .kind = OptimizerKind::adam, .rate = 0.25, .beta1 = 0.5, .beta2 = 0.5, .epsilon = 1};
  EXPECT_NEAR(after_steps(spec, {2}), 5.0 / 6, 1e-7);
  EXPECT_NEAR(after_steps(spec, {2, 0}), 5.0 / 6 - 0.5 / 3 / (std::sqrt(4.0 / 3) + 1), 1e-7);
}

TEST(Adam, WeightDecayIsPartOfTheGradientInAdamAndNotInAdamW) {
  // Adam:  g = 1.5 + 0.5 * 1 = 2, as above: w = 5/6.
  // AdamW: w = (1 - 0.25 * 0.5) * 1 = 0.875, then the step of g = 2: 0.875 - 1/6.
  OptimizerSpec spec{.kind = OptimizerKind::adam,
                     .rate = 0.25,
                     .beta1 = 0.5,
                     .beta2 = 0.5,
                     .epsilon = 1,
                     .weight_decay = 0.5};
  EXPECT_NEAR(after_steps(spec, {1.5F}), 5.0 / 6, 1e-7);
  spec.kind = OptimizerKind::adamw;
  EXPECT_NEAR(after_steps(spec, {2}), 0.875 - 1.0 / 6, 1e-7);
}

TEST(Adam, AStateMovedToAFreshOptimizerGoesOn) {
  const OptimizerSpec spec{.kind = OptimizerKind::adam, .rate = 0.25};
  const auto first = make_optimizer(spec, 2);
  std::vector<float> expected = {1, -1};
  first->step(expected, std::vector<float>{1, 2});
  std::vector<float> parameters = expected;
  const auto second = make_optimizer(spec, 2);
  std::ranges::copy(first->state(), second->state().begin());
  second->set_steps_taken(1);
  first->step(expected, std::vector<float>{3, -1});
  second->step(parameters, std::vector<float>{3, -1});
  EXPECT_EQ(parameters, expected);
}

TEST(Optimizer, ClipsTheNormOfTheWholeGradient) {
  // |(3, 4)| = 5: clipped to 2.5, every gradient is halved, up to 1e-6 / 5; 10 leaves them alone.
  for (const auto& [limit, factor] : {std::pair{2.5, 0.5}, std::pair{10.0, 1.0}}) {
    const auto sgd = make_optimizer({.rate = 1, .clip_norm = limit}, 2);
    std::vector<float> parameters = {0, 0};
    sgd->step(parameters, std::vector<float>{3, 4});
    EXPECT_NEAR(parameters[0], -3 * factor, 1e-6);
    EXPECT_NEAR(parameters[1], -4 * factor, 1e-6);
  }
}

TEST(Optimizer, TheScheduleScalesTheRate) {
  // Rates 0.25 and then 0.5: 1 - 0.25 - 0.5 = 0.25.
  const OptimizerSpec spec{.rate = 0.5, .schedule = {.warm_up = 2}};
  EXPECT_EQ(after_steps(spec, {1, 1}), 0.25F);
}

TEST(Optimizer, SignatureNamesWhatCosts) {
  EXPECT_EQ(signature({.rate = 0.1, .weight_decay = 0.1}), "sgd");
  EXPECT_EQ(signature({.momentum = 0.9}), "sgd with momentum");
  EXPECT_EQ(signature({.kind = OptimizerKind::adamw, .clip_norm = 1}), "adamw, clipped");
}

TEST(Optimizer, IdentityTellsAllSettingsApart) {
  const std::vector<OptimizerSpec> specs = {{},
                                            {.kind = OptimizerKind::adam},
                                            {.rate = 0.1},
                                            {.momentum = 0.9},
                                            {.kind = OptimizerKind::nesterov, .momentum = 0.9},
                                            {.beta1 = 0.8},
                                            {.beta2 = 0.8},
                                            {.epsilon = 1e-4},
                                            {.weight_decay = 0.1},
                                            {.clip_norm = 1},
                                            {.schedule = {.kind = RateScheduleKind::cosine}},
                                            {.schedule = {.factor = 0.5}},
                                            {.schedule = {.every = 7}},
                                            {.schedule = {.total = 7}},
                                            {.schedule = {.warm_up = 7}}};
  std::set<std::string> identities;
  for (const OptimizerSpec& spec : specs) identities.insert(identity(spec));
  EXPECT_EQ(identities.size(), specs.size());
}

TEST(Sgd, AStateMovedToAFreshOptimizerGoesOn) {
  const OptimizerSpec spec{.rate = 0.25, .momentum = 0.5};
  const auto first = make_optimizer(spec, 1);
  std::vector<float> parameters = {1};
  first->step(parameters, std::vector<float>{1});
  const auto second = make_optimizer(spec, 1);
  second->state()[0] = first->state()[0];
  second->step(parameters, std::vector<float>{2});
  EXPECT_EQ(parameters[0], 0.125F);  // the second line above
}

TEST(Sgd, ChecksSizes) {
  const auto sgd = make_optimizer({.rate = 0.5}, 2);
  std::vector<float> parameters(2);
  EXPECT_THROW(sgd->step(parameters, std::vector<float>(3)), CheckFailure);
}

TEST(Optimizer, RefusesWhatIsOutOfRange) {
  EXPECT_EQ(refusal({.rate = 0.1, .momentum = 0.9}), "");
  EXPECT_EQ(refusal({.rate = 0}), "learning rate 0; allowed: finite, above 0");
  EXPECT_EQ(refusal({.rate = std::numeric_limits<double>::infinity()}),
            "learning rate inf; allowed: finite, above 0");
  EXPECT_EQ(refusal({.rate = 0.1, .momentum = 1}), "momentum 1; allowed: from 0 to below 1");
  EXPECT_EQ(refusal({.rate = 0.1, .momentum = -0.5}), "momentum -0.5; allowed: from 0 to below 1");
  EXPECT_EQ(refusal({.kind = OptimizerKind::nesterov}),
            "nesterov with momentum 0; allowed: above 0 and below 1");
  EXPECT_EQ(refusal({.beta1 = 1}), "beta1 1; allowed: from 0 to below 1");
  EXPECT_EQ(refusal({.beta2 = -1}), "beta2 -1; allowed: from 0 to below 1");
  EXPECT_EQ(refusal({.epsilon = 0}), "epsilon 0; allowed: finite, above 0");
  EXPECT_EQ(refusal({.weight_decay = -1}), "weight decay -1; allowed: finite, at least 0");
  EXPECT_EQ(refusal({.clip_norm = -1}), "clip norm -1; allowed: finite, at least 0");
  EXPECT_NE(refusal({.schedule = {.every = 0}}), "");
}

}  // namespace
}  // namespace gradwire
