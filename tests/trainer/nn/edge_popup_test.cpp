// Edge-popup layers: which weights take part, where the gradient of a score comes from, and that
// training changes scores only.

#include "trainer/nn/edge_popup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "trainer/nn/model.hpp"
#include "trainer/nn/models.hpp"
#include "trainer/nn/network.hpp"
#include "trainer/nn/optimizer.hpp"

namespace gradwire {
namespace {

// Weights 1, 10, 100, ... to one output: the digits of the output say which of them take part.
class Digits {
 public:
  Digits(std::vector<double> scores, double keep, ScoreRank rank)
      : scores_(std::move(scores)),
        gradients_(scores_.size()),
        inputs_(scores_.size(), 1.0),
        layer_(make_dense_map<double>(static_cast<int>(scores_.size()), 1),
               {.keep = keep, .rank = rank, .initialiser = Initialiser::kaiming_normal}) {
    double weight = 1;
    for (std::size_t i = 0; i < scores_.size(); ++i, weight *= 10) weights_.push_back(weight);
    layer_.bind({scores_.data(), gradients_.data(), weights_.data()});
  }

  double output() {
    double out = 0;
    layer_.forward(
        {.phase = Phase::training, .rows = 1, .inputs = inputs_.data(), .outputs = &out});
    return out;
  }

  std::vector<double> input_gradient(double output_gradient) {
    std::vector<double> gradient(inputs_.size());
    layer_.backward({.rows = 1,
                     .inputs = inputs_.data(),
                     .outputs = nullptr,
                     .output_gradient = &output_gradient,
                     .input_gradient = gradient.data()});
    return gradient;
  }

  std::vector<double> scores_;
  std::vector<double> gradients_;
  std::vector<double> inputs_;
  std::vector<double> weights_;
  EdgePopup<double> layer_;
};

TEST(EdgePopup, TheHighestScoresTakePart) {
  EXPECT_EQ(Digits({0.1, 0.4, -0.9, 0.3}, 0.5, ScoreRank::score).output(), 1010);
  EXPECT_EQ(Digits({0.1, 0.4, -0.9, 0.3}, 0.5, ScoreRank::magnitude).output(), 110);
  EXPECT_EQ(Digits({0.1, 0.4, -0.9, 0.3}, 1, ScoreRank::score).output(), 1111);
  // 4 - floor(0.7 * 4) = 2 of them, 4 - floor(0.8 * 4) = 1.
  EXPECT_EQ(Digits({0.1, 0.4, -0.9, 0.3}, 0.3, ScoreRank::score).output(), 1010);
  EXPECT_EQ(Digits({0.1, 0.4, -0.9, 0.3}, 0.2, ScoreRank::score).output(), 10);
}

TEST(EdgePopup, TheFirstAmongEqualsTakePart) {
  EXPECT_EQ(Digits({0, 0, 1, 0}, 0.5, ScoreRank::score).output(), 101);
  EXPECT_EQ(Digits({-0.0, 0.0, -1, -1}, 0.25, ScoreRank::score).output(), 1);
  EXPECT_EQ(Digits({2, 2, 2, 2}, 0.75, ScoreRank::score).output(), 111);
}

TEST(EdgePopup, ScoresGetTheGradientOfTheirWeightWhetherItTakesPartOrNot) {
  // dL/ds_i = dL/dy w_i x_i with x = 1; the input gradient only goes through weights that do.
  Digits layer({0.1, 0.4, -0.9, 0.3}, 0.5, ScoreRank::score);
  layer.output();
  EXPECT_EQ(layer.input_gradient(3), (std::vector<double>{0, 30, 0, 3000}));
  EXPECT_EQ(layer.gradients_, (std::vector<double>{3, 30, 300, 3000}));
  Digits by_magnitude({0.1, 0.4, -0.9, 0.3}, 0.5, ScoreRank::magnitude);
  by_magnitude.output();
  EXPECT_EQ(by_magnitude.input_gradient(3), (std::vector<double>{0, 30, 300, 0}));
  EXPECT_EQ(by_magnitude.gradients_, (std::vector<double>{3, 30, -300, 3000}));
}

TEST(EdgePopup, ChoosesAsSortingWould) {
  constexpr std::size_t kCount = 3000;
  for (const ScoreRank rank : {ScoreRank::score, ScoreRank::magnitude}) {
    for (const double keep : {0.001, 0.3, 0.5, 0.999}) {
      EdgePopup<float> layer(
          make_dense_map<float>(kCount, 1),
          {.keep = keep, .rank = rank, .initialiser = Initialiser::signed_kaiming_constant});
      std::vector<float> scores(kCount);
      std::vector<float> gradients(kCount);
      std::vector<float> weights(kCount, 1.0F);
      layer.bind({scores.data(), gradients.data(), weights.data()});
      RandomEngine engine = RandomStreams(3).stream("scores");
      // Many equal ones among them.
      for (float& score : scores) score = static_cast<float>(engine() % 500) / 250.0F - 1.0F;
      std::vector<std::size_t> order(kCount);
      std::iota(order.begin(), order.end(), 0U);
      const auto key = [&](std::size_t i) {
        return rank == ScoreRank::score ? scores[i] : std::abs(scores[i]);
      };
      std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return key(a) != key(b) ? key(a) > key(b) : a < b;
      });
      order.resize(kCount - static_cast<std::size_t>((1 - keep) * kCount));
      std::vector<float> chosen(kCount);
      std::vector<float> inputs(kCount);
      for (const std::size_t i : order) chosen[i] = 1;
      for (std::size_t i = 0; i < kCount; ++i) {  // each weight by itself
        inputs[i] = 1;
        float output = 0;
        if (i % 97 == 0 || chosen[i] != 0) {
          layer.forward(
              {.phase = Phase::training, .rows = 1, .inputs = inputs.data(), .outputs = &output});
          EXPECT_EQ(output, chosen[i]) << i << " of " << keep;
        }
        inputs[i] = 0;
        if (i > 200) break;
      }
      std::ranges::fill(inputs, 1.0F);
      float all = 0;
      layer.forward(
          {.phase = Phase::training, .rows = 1, .inputs = inputs.data(), .outputs = &all});
      EXPECT_EQ(all, static_cast<float>(order.size()));
    }
  }
}

ModelSpec popup_model() {
  std::vector<LayerSpec> layers = with_scores(
      {conv(4, 3, 1, 1), activation(Activation::leaky_relu), residual({conv(4, 3, 1, 1)}),
       flatten(), dense(16), activation(Activation::leaky_relu)},
      0.5);
  layers.push_back(dense(3));
  layers.back().keep = 1;
  return {.input = {1, 4, 4},
          .layers = std::move(layers),
          .initialiser = Initialiser::signed_kaiming_constant};
}

TEST(EdgePopup, TrainingLowersTheLossAndChangesNoWeight) {
  const auto model = make_model(popup_model(), 12);
  // Convolutions 9 * 4 and 36 * 4, dense 64 * 16 and 16 * 3: a score for each weight, no biases.
  ASSERT_EQ(model->parameters().size(), 36U + 144 + 1024 + 48);
  ASSERT_EQ(model->frozen().size(), model->parameters().size());
  model->initialise(RandomStreams(1));
  const std::vector<float> weights(model->frozen().begin(), model->frozen().end());
  EXPECT_EQ(std::ranges::count(weights, 0.0F), 0);
  RandomEngine engine = RandomStreams(8).stream("samples");
  std::vector<float> inputs(12 * 16);
  std::vector<std::int32_t> labels(12);
  for (float& value : inputs) value = static_cast<float>(engine() % 1000) / 500.0F - 1.0F;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    labels[row] = static_cast<std::int32_t>(row % 3);
  }
  const auto optimizer = make_optimizer({.rate = 0.1, .momentum = 0.9}, model->parameters().size());
  const double before = model->evaluate({inputs, labels}).loss_sum;
  for (int step = 0; step < 200; ++step) {
    model->train({inputs, labels}, 1.0F / 12);
    optimizer->step(model->parameters(), model->gradients());
  }
  EXPECT_LT(model->evaluate({inputs, labels}).loss_sum, 0.5 * before);
  EXPECT_EQ(std::memcmp(model->frozen().data(), weights.data(), weights.size() * sizeof(float)), 0);
}

}  // namespace
}  // namespace gradwire
