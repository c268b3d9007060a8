// Convolutions, pools, dropout and residual blocks: against numbers derived by hand, naive models
// and, in networks, finite differences; and the float that trains against the double.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "netmodel/random_streams.hpp"
#include "trainer/nn/backend.hpp"
#include "trainer/nn/channels_last.hpp"
#include "trainer/nn/conv_kernels.hpp"
#include "trainer/nn/direct_conv.hpp"
#include "trainer/nn/dropout.hpp"
#include "trainer/nn/linear_map.hpp"
#include "trainer/nn/network.hpp"
#include "trainer/nn/pool.hpp"

namespace gradwire {
namespace {

std::vector<double> uniform(RandomEngine& engine, std::size_t size) {
  std::vector<double> values(size);
  for (double& value : values) value = static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0;
  return values;
}

Windows windows_of(const LayerSpec& layer, const SampleShape& input) {
  return {input, output_shape(layer, input), layer.window, layer.stride, layer.padding};
}

std::vector<double> forward(Layer<double>& layer, const std::vector<double>& inputs,
                            Phase phase = Phase::training, std::uint64_t noise = 0) {
  const auto rows = inputs.size() / static_cast<std::size_t>(layer.inputs());
  std::vector<double> outputs(rows * static_cast<std::size_t>(layer.outputs()), 1e9);
  layer.forward({.phase = phase,
                 .rows = static_cast<int>(rows),
                 .inputs = inputs.data(),
                 .outputs = outputs.data(),
                 .noise = noise});
  return outputs;
}

std::vector<double> backward(Layer<double>& layer, const std::vector<double>& inputs,
                             const std::vector<double>& output_gradient) {
  std::vector<double> gradient(inputs.size(), 1e9);
  layer.backward({.rows = static_cast<int>(inputs.size()) / layer.inputs(),
                  .inputs = inputs.data(),
                  .outputs = nullptr,
                  .output_gradient = output_gradient.data(),
                  .input_gradient = gradient.data()});
  return gradient;
}

TEST(Conv, SumsTheNeighbours) {
  // 3x3 ones over a 3x3 image 1..9 with zeros around: the corner 1 + 2 + 4 + 5 = 12, the edge above
  // 1 + 2 + 3 + 4 + 5 + 6 = 21, the middle 45.
  const auto map = make_conv_map<double>(windows_of(conv(1, 3, 1, 1), {1, 3, 3}));
  ASSERT_EQ(map->weight_count(), 9);
  std::vector<double> image(9);
  std::iota(image.begin(), image.end(), 1.0);
  const std::vector<double> ones(9, 1.0);
  std::vector<double> sums(9);
  map->apply(1, image.data(), ones.data(), nullptr, sums.data());
  EXPECT_EQ(sums, (std::vector<double>{12, 21, 16, 27, 45, 33, 24, 39, 28}));
}

TEST(Conv, IsACorrelationOverAllChannelsWithStride) {
  // Two channels, the second ten times the first; a 2x2 kernel of stride 2 that takes the upper
  // right pixel of the first channel and the lower left one of the second.
  const auto map = make_conv_map<double>(windows_of(conv(1, 2, 2, 0), {2, 2, 4}));
  std::vector<double> image;
  for (int pixel = 1; pixel <= 8; ++pixel) {
    image.push_back(pixel);
    image.push_back(10 * pixel);
  }
  std::vector<double> kernel(8);
  kernel[1 * 2 + 0] = 1;  // row 0, column 1, channel 0
  kernel[2 * 2 + 1] = 1;  // row 1, column 0, channel 1
  std::vector<double> out(2);
  map->apply(1, image.data(), kernel.data(), nullptr, out.data());
  EXPECT_EQ(out, (std::vector<double>{2 + 50, 4 + 70}));
}

struct ConvCase {
  SampleShape input;
  LayerSpec layer;
};

class ConvFloat : public testing::TestWithParam<ConvCase> {};

TEST_P(ConvFloat, AgreesWithThePlainLoops) {
  constexpr int kRows = 3;
  const Windows windows = windows_of(GetParam().layer, GetParam().input);
  const auto fast = make_conv_map<float>(windows);
  const auto plain = make_conv_map<double>(windows);
  RandomEngine engine = RandomStreams(23).stream("conv");
  const auto draw = [&](std::int64_t size) {
    const std::vector<double> values = uniform(engine, static_cast<std::size_t>(size));
    const std::vector<float> rounded(values.begin(), values.end());
    return std::pair{rounded, std::vector<double>(rounded.begin(), rounded.end())};
  };
  const auto [x, x_double] = draw(std::int64_t{kRows} * plain->inputs());
  const auto [dy, dy_double] = draw(std::int64_t{kRows} * plain->outputs());
  const auto [weights, weights_double] = draw(plain->weight_count());
  const auto [biases, biases_double] = draw(plain->kinds());
  const auto expect_near = [](const std::vector<float>& values, const std::vector<double>& expected,
                              const char* what) {
    double error = 0;
    double norm = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      error += std::pow(values[i] - expected[i], 2);
      norm += std::pow(expected[i], 2);
    }
    EXPECT_GT(norm, 0) << what;
    EXPECT_LT(std::sqrt(error), 1e-6 * std::sqrt(norm)) << what;
  };
  for (const bool biased : {true, false, true}) {
    std::vector<float> y(dy.size(), 1e9F);
    std::vector<double> y_double(dy.size());
    fast->apply(kRows, x.data(), weights.data(), biased ? biases.data() : nullptr, y.data());
    plain->apply(kRows, x_double.data(), weights_double.data(),
                 biased ? biases_double.data() : nullptr, y_double.data());
    expect_near(y, y_double, "outputs");
    std::vector<float> dw(weights.size(), 1e9F);
    std::vector<double> dw_double(weights.size());
    std::vector<float> db(biases.size(), 1e9F);
    std::vector<double> db_double(biases.size());
    fast->weight_gradient(kRows, x.data(), dy.data(), dw.data(), biased ? db.data() : nullptr);
    plain->weight_gradient(kRows, x_double.data(), dy_double.data(), dw_double.data(),
                           biased ? db_double.data() : nullptr);
    expect_near(dw, dw_double, "weight gradient");
    if (biased) expect_near(db, db_double, "bias gradient");
    std::vector<float> dx(x.size(), 1e9F);
    std::vector<double> dx_double(x.size());
    fast->input_gradient(kRows, dy.data(), weights.data(), dx.data());
    plain->input_gradient(kRows, dy_double.data(), weights_double.data(), dx_double.data());
    expect_near(dx, dx_double, "input gradient");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ConvFloat,
    testing::Values(
        ConvCase{{3, 12, 12}, conv(20, 3, 1, 1)}, ConvCase{{20, 8, 8}, conv(40, 3, 1, 1)},
        ConvCase{{40, 8, 8}, conv(20, 3, 1, 1)}, ConvCase{{16, 9, 7}, conv(16, 3, 2, 1)},
        ConvCase{{1, 9, 9}, conv(5, 5, 1, 2)}, ConvCase{{3, 32, 32}, conv(20, 3, 1, 1)},
        ConvCase{{20, 16, 16}, conv(40, 3, 1, 1)}, ConvCase{{40, 16, 16}, conv(20, 3, 1, 1)},
        ConvCase{{18, 5, 31}, conv(35, 5, 1, 2)}, ConvCase{{19, 7, 18}, conv(17, 3, 1, 0)},
        ConvCase{{20, 3, 15}, conv(21, 2, 1, 1)}, ConvCase{{2, 7, 7}, conv(3, 2, 3, 0)},
        ConvCase{{4, 5, 5}, conv(6, 1, 1, 0)}));

TEST(DirectConv, ResultsDoNotDependOnTheNumberOfThreads) {
  constexpr int kRows = 5;
  const Windows windows = windows_of(conv(40, 3, 1, 1), {20, 16, 16});
  const DirectPasses passes = direct_passes(windows);
  if (!has_conv_kernels()) {
    EXPECT_FALSE(passes.output || passes.weight_gradient || passes.input_gradient);
    return;
  }
  ASSERT_TRUE(passes.output && passes.weight_gradient && passes.input_gradient);
  RandomEngine engine = RandomStreams(29).stream("conv");
  const auto draw = [&](int size) {
    const std::vector<double> values = uniform(engine, static_cast<std::size_t>(size));
    return std::vector<float>(values.begin(), values.end());
  };
  const std::vector<float> x = draw(kRows * windows.input.features());
  const std::vector<float> dy = draw(kRows * windows.output.features());
  const std::vector<float> weights = draw(3 * 3 * 20 * 40);
  const std::vector<float> biases = draw(40);
  const auto results = [&](int threads) {
    use_threads(threads);
    DirectConv direct(windows);
    std::vector<float> y(dy.size());
    std::vector<float> dx(x.size());
    std::vector<float> dweights(weights.size());
    std::vector<float> dbiases(biases.size());
    direct.apply(kRows, x.data(), weights.data(), biases.data(), y.data());
    direct.input_gradient(kRows, dy.data(), weights.data(), dx.data());
    direct.weight_gradient(kRows, x.data(), dy.data(), dweights.data(), dbiases.data());
    return std::vector{y, dx, dweights, dbiases};
  };
#ifdef __SANITIZE_THREAD__
  constexpr int kThreads = 1;  // the sanitizer does not see how OpenMP's threads wait
#else
  constexpr int kThreads = 3;
#endif
  const auto with_all = results(kThreads);
  EXPECT_EQ(results(1), with_all);
}

TEST(MaxPool, TakesTheLargestOfEachWindowAndGivesItTheGradient) {
  // Two channels: the second is the negative of the first.
  const auto layer = make_max_pool<double>(windows_of(max_pool(2, 2), {2, 2, 4}), 1);
  std::vector<double> image;
  for (const double pixel : {1, 5, 2, 2, 3, 4, 2, 1}) {
    image.push_back(pixel);
    image.push_back(-pixel);
  }
  EXPECT_EQ(forward(*layer, image), (std::vector<double>{5, -1, 2, -1}));
  const std::vector<double> gradient = backward(*layer, image, {10, 20, 30, 40});
  std::vector<double> expected(16);
  expected[1 * 2 + 0] = 10;  // the 5
  expected[0 * 2 + 1] = 20;  // the 1 above left
  expected[2 * 2 + 0] = 30;  // the first of the three 2
  expected[7 * 2 + 1] = 40;  // the 1 below right
  EXPECT_EQ(gradient, expected);
}

TEST(MaxPool, OverlappingWindowsAddUpAndPaddingIsNeverTaken) {
  // All negative, so that a zero of the padding would win.
  const auto layer = make_max_pool<double>(windows_of(max_pool(3, 1, 1), {1, 3, 3}), 1);
  const std::vector<double> image = {-9, -8, -7, -6, -1, -5, -4, -3, -2};
  EXPECT_EQ(forward(*layer, image), std::vector<double>(9, -1.0));
  const std::vector<double> gradient = backward(*layer, image, std::vector<double>(9, 1.0));
  EXPECT_EQ(gradient, (std::vector<double>{0, 0, 0, 0, 9, 0, 0, 0, 0}));
}

TEST(AvgPool, CountsThePadding) {
  // A 2x2 window over the corner of the padding holds one pixel: a quarter of it.
  const auto layer = make_avg_pool<double>(windows_of(avg_pool(2, 2, 1), {1, 2, 2}));
  const std::vector<double> image = {4, 8, 12, 16};
  EXPECT_EQ(forward(*layer, image), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(backward(*layer, image, {4, 8, 12, 16}), (std::vector<double>{1, 2, 3, 4}));
}

TEST(ChannelsLast, PutsTheChannelsOfAPixelTogether) {
  ChannelsLast<double> layer({2, 1, 3});
  const std::vector<double> planes = {1, 2, 3, 10, 20, 30};
  const std::vector<double> pixels = {1, 10, 2, 20, 3, 30};
  EXPECT_EQ(forward(layer, planes), pixels);
  EXPECT_EQ(backward(layer, planes, pixels), planes);
}

TEST(Dropout, ZeroesItsShareAndScalesTheRest) {
  constexpr int kWidth = 1001;
  constexpr int kRows = 100;
  Dropout<double> layer(kWidth, 0.25, 0, kRows);
  const std::vector<double> ones(std::size_t{kWidth} * kRows, 1.0);
  const std::vector<double> outputs = forward(layer, ones, Phase::training, 5);
  std::size_t zeros = 0;
  for (const double value : outputs) {
    ASSERT_TRUE(value == 0 || value == 4.0 / 3) << value;
    zeros += value == 0 ? 1 : 0;
  }
  // The standard deviation of the share is sqrt(0.25 * 0.75 / 100100) = 0.0014.
  EXPECT_NEAR(static_cast<double>(zeros) / static_cast<double>(ones.size()), 0.25, 0.007);
  EXPECT_EQ(backward(layer, ones, ones), outputs) << "the gradient goes where the value went";
  EXPECT_EQ(forward(layer, ones, Phase::evaluation, 5), ones);
}

TEST(Dropout, NoiseAndPlaceDecideWhichAndNothingElse) {
  const std::vector<double> ones(300, 1.0);
  const auto drawn = [&ones](std::uint64_t place, std::uint64_t noise) {
    Dropout<double> layer(100, 0.5, place, 3);
    return forward(layer, ones, Phase::training, noise);
  };
  EXPECT_EQ(drawn(1, 2), drawn(1, 2));
  EXPECT_NE(drawn(1, 2), drawn(1, 3));
  EXPECT_NE(drawn(1, 2), drawn(2, 2));
}

// All kinds of layers for images, one of them twice, in a network for images of 2x6x6.
ModelSpec image_model() {
  return {.input = {2, 6, 6},
          .layers = {conv(3, 3, 1, 1), activation(Activation::tanh), max_pool(2, 2),
                     residual({conv(4, 3, 1, 1), activation(Activation::sigmoid), dropout(0.3),
                               conv(3, 3, 1, 1)}),
                     activation(Activation::leaky_relu), avg_pool(2, 1), flatten(), dense(5),
                     activation(Activation::tanh), dropout(0.2), dense(3)}};
}

TEST(ImageNetwork, GradientMatchesFiniteDifferences) {
  constexpr double kScale = 0.5;
  constexpr double kStep = 1e-5;
  const std::vector<std::int32_t> labels = {0, 2, 1};
  Network<double> network = make_network<double>(image_model(), 5);
  network.initialise(RandomStreams(9), 0);
  RandomEngine engine = RandomStreams(9).stream("batch");
  const std::vector<double> inputs = uniform(engine, 3 * 72);
  const auto loss_at = [&] {
    network.set_steps_taken(4);  // the same dropout each time
    return kScale * network.train(inputs, labels, kScale).loss_sum;
  };
  loss_at();
  const std::vector<double> gradients(network.gradients().begin(), network.gradients().end());
  double largest = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    double& parameter = network.parameters()[i];
    const double value = parameter;
    parameter = value + kStep;
    const double above = loss_at();
    parameter = value - kStep;
    const double below = loss_at();
    parameter = value;
    EXPECT_NEAR(gradients[i], (above - below) / (2 * kStep), 1e-8) << "parameter " << i;
    largest = std::max(largest, std::abs(gradients[i]));
  }
  EXPECT_GT(largest, 0.01) << "nothing was checked";
}

TEST(ImageNetwork, FloatAgreesWithDouble) {
  const std::vector<std::int32_t> labels = {0, 2, 1, 1};
  Network<float> single = make_network<float>(image_model(), 4);
  Network<double> reference = make_network<double>(image_model(), 4);
  single.initialise(RandomStreams(2), 1);
  reference.initialise(RandomStreams(2), 1);
  std::ranges::copy(single.parameters(), reference.parameters().begin());
  RandomEngine engine = RandomStreams(13).stream("batch");
  const std::vector<double> values = uniform(engine, 4 * 72);
  const std::vector<float> inputs(values.begin(), values.end());
  const std::vector<double> inputs_double(inputs.begin(), inputs.end());
  for (int step = 0; step < 3; ++step) {
    const double loss = single.train(inputs, labels, 0.25F).loss_sum;
    EXPECT_NEAR(loss, reference.train(inputs_double, labels, 0.25).loss_sum, 1e-5 * loss);
    for (std::size_t i = 0; i < single.gradients().size(); ++i) {
      EXPECT_NEAR(single.gradients()[i], reference.gradients()[i], 1e-6) << "parameter " << i;
    }
  }
}

TEST(ImageNetwork, DropoutDependsOnNodeAndStepAndGoesOnWhereItStopped) {
  RandomEngine engine = RandomStreams(13).stream("batch");
  const std::vector<double> inputs = uniform(engine, 72);
  const std::vector<std::int32_t> labels = {1};
  const auto losses = [&](int node, std::int64_t first) {
    Network<double> network = make_network<double>(image_model(), 1);
    network.initialise(RandomStreams(3), node);
    network.set_steps_taken(first);
    return std::vector{network.train(inputs, labels, 1).loss_sum,
                       network.train(inputs, labels, 1).loss_sum};
  };
  const std::vector<double> from_start = losses(0, 0);
  EXPECT_NE(from_start[0], from_start[1]);
  EXPECT_EQ(losses(0, 1)[0], from_start[1]);
  EXPECT_NE(losses(1, 0)[0], from_start[0]);
}

std::string refusal(const LayerSpec& layer, const SampleShape& input) {
  try {
    output_shape(layer, input);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(LayerSpec, ShapesFollowFromWindows) {
  EXPECT_EQ(output_shape(conv(20, 3, 1, 1), {3, 32, 32}), (SampleShape{20, 32, 32}));
  // (7 + 2 - 3) / 2 + 1 = 4, (6 + 2 - 3) / 2 + 1 = 3.
  EXPECT_EQ(output_shape(conv(5, 3, 2, 1), {1, 7, 6}), (SampleShape{5, 4, 3}));
  EXPECT_EQ(output_shape(max_pool(2, 2), {20, 5, 5}), (SampleShape{20, 2, 2}));
  EXPECT_EQ(output_shape(flatten(), {20, 2, 2}), (SampleShape{1, 1, 80}));
}

TEST(LayerSpec, RefusesWhatDoesNotFit) {
  EXPECT_EQ(refusal(conv(1, 5), {1, 4, 4}),
            "{conv: 1, kernel: 5, padding: 0}: does not fit into 1x4x4; allowed: a "
            "window of at most 4");
  EXPECT_EQ(refusal(max_pool(2, 2, 2), {1, 4, 4}),
            "{max-pool: 2, padding: 2}: padding 2; allowed: at least 0, less than the "
            "window");
  EXPECT_EQ(refusal(residual({conv(2, 3, 1, 1)}), {1, 4, 4}),
            "{residual: [{conv: 2}]}: makes 2x4x4 of 1x4x4; "
            "allowed: layers that keep the shape");
  EXPECT_EQ(refusal(residual({}), {1, 4, 4}),
            "{residual: []}: does nothing; allowed: at least one layer that does");
  EXPECT_EQ(refusal(dropout(1), {1, 4, 4}), "{dropout: 1}: rate 1; allowed: from 0 to below 1");
}

TEST(LayerSpec, CostsCountEveryProduct) {
  // A 3x3 convolution from 2 to 4 channels on 6x6: 72 weights and 4 biases, each weight used 36
  // times: 2 * 72 * 36 = 5184 operations forward, twice that backward.
  const LayerCost cost = cost_of(conv(4, 3, 1, 1), {2, 6, 6}, true);
  EXPECT_EQ(cost.parameters, 76);
  EXPECT_EQ(cost.values, 144);
  EXPECT_EQ(cost.forward_flops, 5184);
  EXPECT_EQ(cost.backward_flops, 2 * 5184);
  EXPECT_EQ(cost_of(conv(4, 3, 1, 1), {2, 6, 6}, false).backward_flops, 5184);
}

}  // namespace
}  // namespace gradwire
