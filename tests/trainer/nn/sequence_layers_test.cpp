// Embedding, LSTM, merge and the captioner made of them: numbers derived by hand, finite
// differences of the whole graph, and the float that trains against the double.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "netmodel/check.hpp"
#include "netmodel/random_streams.hpp"
#include "trainer/nn/embedding.hpp"
#include "trainer/nn/lstm.hpp"
#include "trainer/nn/models.hpp"
#include "trainer/nn/network.hpp"

namespace gradwire {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

std::vector<double> forward(Layer<double>& layer, const std::vector<double>& inputs) {
  const auto rows = inputs.size() / static_cast<std::size_t>(layer.inputs());
  std::vector<double> outputs(rows * static_cast<std::size_t>(layer.outputs()), 1e9);
  layer.forward({.phase = Phase::training,
                 .rows = static_cast<int>(rows),
                 .inputs = inputs.data(),
                 .outputs = outputs.data()});
  return outputs;
}

TEST(Embedding, LooksWordsUpAndAddsTheirGradients) {
  Embedding<double> layer({.vocabulary = 3, .width = 2}, std::make_shared<SequenceMask>(3, 1));
  std::vector<double> vectors = {9, 9, 1, 2, 3, 4};  // the padding's is not used
  std::vector<double> gradients(6, 1e9);
  layer.bind({vectors.data(), gradients.data(), nullptr});
  const std::vector<double> tokens = {2, 0, 2};
  EXPECT_EQ(forward(layer, tokens), (std::vector<double>{3, 4, 0, 0, 3, 4}));
  const std::vector<double> output_gradient = {1, 2, 10, 20, 100, 200};
  layer.backward({.rows = 1,
                  .inputs = tokens.data(),
                  .outputs = nullptr,
                  .output_gradient = output_gradient.data(),
                  .input_gradient = nullptr});
  EXPECT_EQ(gradients, (std::vector<double>{0, 0, 0, 0, 101, 202}));
}

TEST(Embedding, RefusesWhatIsNoToken) {
  Embedding<double> layer({.vocabulary = 3, .width = 2}, std::make_shared<SequenceMask>(1, 1));
  std::vector<double> memory(12);
  layer.bind({memory.data(), memory.data() + 6, nullptr});
  EXPECT_THROW(forward(layer, {3}), CheckFailure);
  EXPECT_THROW(forward(layer, {-1}), CheckFailure);
  EXPECT_THROW(forward(layer, {0.5}), CheckFailure);
}

// One unit, two places; parameters: Wx of i f g o, Wh of them, b of them.
class SmallLstm : public testing::Test {
 protected:
  SmallLstm() : layer_({.width = 1, .units = 1, .max_rows = 2}, mask_) {
    layer_.bind({parameters_.data(), gradients_.data(), nullptr});
  }

  std::shared_ptr<SequenceMask> mask_ = std::make_shared<SequenceMask>(2, 2);
  Lstm<double> layer_;
  std::vector<double> parameters_ = {0.5, -0.3, 0.8, 0.2, 0.1, 0.4, -0.6, 0.7, 0.05, 1, -0.1, 0.3};
  std::vector<double> gradients_ = std::vector<double>(12);
};

TEST_F(SmallLstm, FollowsItsEquations) {
  double h = 0;
  double c = 0;
  for (const double x : {2.0, -1.0}) {
    const double i = sigmoid(0.5 * x + 0.1 * h + 0.05);
    const double f = sigmoid(-0.3 * x + 0.4 * h + 1);
    const double g = std::tanh(0.8 * x - 0.6 * h - 0.1);
    const double o = sigmoid(0.2 * x + 0.7 * h + 0.3);
    c = f * c + i * g;
    h = o * std::tanh(c);
  }
  EXPECT_NEAR(forward(layer_, {2, -1})[0], h, 1e-15);
}

TEST_F(SmallLstm, PlacesWithoutAWordChangeNothing) {
  const double alone = forward(layer_, {2, -1})[0];
  // A second row, whose first or second place is padding, is a sequence of one.
  mask_->set(1, 0, false);
  const std::vector<double> padded_before = forward(layer_, {2, -1, 77, -1});
  mask_->set(1, 0, true);
  mask_->set(1, 1, false);
  const std::vector<double> padded_after = forward(layer_, {2, -1, -1, 77});
  EXPECT_EQ(padded_before[0], alone);
  EXPECT_EQ(padded_after[0], alone);
  EXPECT_EQ(padded_before[1], padded_after[1]);
  EXPECT_NE(padded_before[1], alone);
}

// Rows may come in any order; only how much is computed depends on it.
TEST_F(SmallLstm, ARowIsItsOwnWhateverIsBesideIt) {
  mask_->set(0, 1, false);
  const std::vector<double> short_first = forward(layer_, {2, 77, 2, -1});
  mask_->set(0, 1, true);
  mask_->set(1, 1, false);
  const std::vector<double> long_first = forward(layer_, {2, -1, 2, 77});
  EXPECT_EQ(short_first[0], long_first[1]);
  EXPECT_EQ(short_first[1], long_first[0]);
}

// A captioner for pictures of 2x4x4 and five words of a vocabulary of 7, with all its layers.
ModelSpec small_captioner() {
  ModelSpec spec{.input = {.width = 32 + 5},
                 .layers = captioner({.vocabulary = 7,
                                      .words = 5,
                                      .image = {2, 4, 4},
                                      .extractor = {conv(3, 3, 1, 1), max_pool(2, 2), flatten()},
                                      .width = 4,
                                      .dropout = 0.25})};
  spec.layers.push_back(dense(7));
  return spec;
}

struct Captions {
  std::vector<double> inputs;
  std::vector<std::int32_t> labels;
};

// Some begin with padding, some end with it, one has no word at all.
Captions captions() {
  const std::vector<std::vector<int>> words = {
      {0, 0, 3, 1, 6}, {2, 5, 5, 0, 0}, {1, 2, 3, 4, 5}, {0, 0, 0, 0, 0}};
  RandomEngine engine = RandomStreams(31).stream("pictures");
  Captions all;
  for (const auto& row : words) {
    for (int i = 0; i < 32; ++i) {
      all.inputs.push_back(static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0);
    }
    all.inputs.insert(all.inputs.end(), row.begin(), row.end());
    all.labels.push_back(static_cast<std::int32_t>(engine() % 7));
  }
  return all;
}

TEST(Captioner, GradientMatchesFiniteDifferences) {
  constexpr double kScale = 0.5;
  constexpr double kStep = 1e-5;
  const Captions data = captions();
  Network<double> network = make_network<double>(small_captioner(), 6);
  network.initialise(RandomStreams(5), 0);
  const auto loss_at = [&] {
    network.set_steps_taken(2);  // the same dropout each time
    return kScale * network.train(data.inputs, data.labels, kScale).loss_sum;
  };
  loss_at();
  const std::vector<double> gradients(network.gradients().begin(), network.gradients().end());
  std::size_t not_zero = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    double& parameter = network.parameters()[i];
    const double value = parameter;
    parameter = value + kStep;
    const double above = loss_at();
    parameter = value - kStep;
    const double below = loss_at();
    parameter = value;
    ASSERT_NEAR(gradients[i], (above - below) / (2 * kStep), 1e-8) << "parameter " << i;
    not_zero += std::abs(gradients[i]) > 1e-6 ? 1 : 0;
  }
  EXPECT_GT(not_zero, gradients.size() / 2) << "nothing was checked";
}

TEST(Captioner, FloatAgreesWithDouble) {
  const Captions data = captions();
  const std::vector<float> inputs(data.inputs.begin(), data.inputs.end());
  const std::vector<double> inputs_double(inputs.begin(), inputs.end());
  Network<float> single = make_network<float>(small_captioner(), 4);
  Network<double> reference = make_network<double>(small_captioner(), 4);
  single.initialise(RandomStreams(2), 1);
  reference.initialise(RandomStreams(2), 1);
  std::ranges::copy(single.parameters(), reference.parameters().begin());
  for (int step = 0; step < 2; ++step) {
    const double loss = single.train(inputs, data.labels, 0.25F).loss_sum;
    EXPECT_NEAR(loss, reference.train(inputs_double, data.labels, 0.25).loss_sum, 1e-5 * loss);
    for (std::size_t i = 0; i < single.gradients().size(); ++i) {
      EXPECT_NEAR(single.gradients()[i], reference.gradients()[i], 1e-6) << "parameter " << i;
    }
  }
}

TEST(Captioner, CountsItsParameters) {
  // Convolution 2 * 9 * 3 + 3, dense 3 * 2 * 2 * 4 + 4; vectors 7 * 4, LSTM 16 (4 + 4 + 1); dense
  // 4 * 4 + 4, output 4 * 7 + 7: 57 + 52 + 28 + 144 + 20 + 35.
  EXPECT_EQ(parameter_count(small_captioner()), 336);
  EXPECT_EQ(make_network<double>(small_captioner(), 1).parameters().size(), 336U);
}

}  // namespace
}  // namespace gradwire
