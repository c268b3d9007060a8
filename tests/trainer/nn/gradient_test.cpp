// The gradients of the shipped layers and losses against finite differences, in double; and the
// float that trains against the double that was checked.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "netmodel/random_streams.hpp"
#include "trainer/nn/activations.hpp"
#include "trainer/nn/affine.hpp"
#include "trainer/nn/network.hpp"

namespace gradwire {
namespace {

std::vector<double> uniform(RandomEngine& engine, std::size_t size, double bound) {
  std::vector<double> values(size);
  for (double& value : values) {
    value = (static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0) * bound;
  }
  return values;
}

std::vector<std::int32_t> random_labels(RandomEngine& engine, std::size_t rows, int classes) {
  std::vector<std::int32_t> labels(rows);
  for (std::int32_t& label : labels) {
    label = static_cast<std::int32_t>(engine() % static_cast<std::uint64_t>(classes));
  }
  return labels;
}

// (f(x + h) - f(x - h)) / 2h. With h = 1e-5 the cut-off error is about h^2 = 1e-10 times the third
// derivative, and rounding adds about 2^-53 / h = 1e-11 times the value.
constexpr double kStep = 1e-5;
constexpr double kTolerance = 1e-8;

template <typename Function>
double central_difference(double& variable, Function&& function) {
  const double value = variable;
  variable = value + kStep;
  const double above = function();
  variable = value - kStep;
  const double below = function();
  variable = value;
  return (above - below) / (2 * kStep);
}

// A scalar function of a layer's outputs with a known gradient: their weighted sum.
struct LayerCheck {
  Layer<double>& layer;
  int rows;
  std::vector<double> inputs;
  std::vector<double> weights;  // d(sum)/d(output)

  void forward(std::vector<double>& outputs) {
    layer.forward({.phase = Phase::training,
                   .rows = rows,
                   .inputs = inputs.data(),
                   .outputs = outputs.data(),
                   .noise = 7});
  }

  double weighted_sum() {
    std::vector<double> outputs(weights.size());
    forward(outputs);
    double sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) sum += weights[i] * outputs[i];
    return sum;
  }

  std::vector<double> input_gradient() {
    std::vector<double> outputs(weights.size());
    std::vector<double> gradient(inputs.size(), 1e9);
    forward(outputs);
    layer.backward({.rows = rows,
                    .inputs = inputs.data(),
                    .outputs = outputs.data(),
                    .output_gradient = weights.data(),
                    .input_gradient = gradient.data()});
    return gradient;
  }
};

LayerCheck check_of(Layer<double>& layer, int rows) {
  RandomEngine engine = RandomStreams(3).stream("layer check");
  const auto size = [&](int width) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(width);
  };
  return {layer, rows, uniform(engine, size(layer.inputs()), 1.5),
          uniform(engine, size(layer.outputs()), 1.0)};
}

TEST(DenseGradient, InputsWeightsAndBiasesMatchFiniteDifferences) {
  Affine<double> layer(make_dense_map<double>(4, 3), Initialiser::kaiming_normal);
  ASSERT_EQ(layer.parameter_count(), 4 * 3 + 3);
  RandomEngine engine = RandomStreams(5).stream("parameters");
  std::vector<double> parameters = uniform(engine, 15, 1.0);
  std::vector<double> gradients(15, 1e9);
  layer.bind({parameters.data(), gradients.data(), nullptr});
  LayerCheck check = check_of(layer, 5);

  const std::vector<double> input_gradient = check.input_gradient();
  for (std::size_t i = 0; i < check.inputs.size(); ++i) {
    EXPECT_NEAR(input_gradient[i],
                central_difference(check.inputs[i], [&] { return check.weighted_sum(); }),
                kTolerance);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_NEAR(gradients[i],
                central_difference(parameters[i], [&] { return check.weighted_sum(); }), kTolerance)
        << "parameter " << i;
  }
}

double value_of(Activation activation, double x) {
  switch (activation) {
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::leaky_relu:
      return x > 0 ? x : 0.01 * x;
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
  }
  throw std::logic_error("no such activation");
}

constexpr std::array kAllActivations = {Activation::relu, Activation::leaky_relu, Activation::tanh,
                                        Activation::sigmoid};

// Names of tests have no hyphens.
std::string test_name(std::string text) {
  std::ranges::replace(text, '-', '_');
  return text;
}

class ActivationGradient : public testing::TestWithParam<Activation> {};

TEST_P(ActivationGradient, MatchesFiniteDifferences) {
  const auto layer = make_activation<double>(GetParam(), 7);
  ASSERT_EQ(layer->parameter_count(), 0);
  LayerCheck check = check_of(*layer, 5);
  const std::vector<double> gradient = check.input_gradient();
  for (std::size_t i = 0; i < check.inputs.size(); ++i) {
    ASSERT_GT(std::abs(check.inputs[i]), kStep) << "a kink of relu inside the difference";
    EXPECT_NEAR(gradient[i],
                central_difference(check.inputs[i], [&] { return check.weighted_sum(); }),
                kTolerance);
  }
}

TEST_P(ActivationGradient, ValuesAreTheFunctions) {
  const auto layer = make_activation<double>(GetParam(), 3);
  const std::vector<double> x = {-2.0, 0.0, 0.5};
  std::vector<double> y(3);
  layer->forward({.phase = Phase::evaluation, .rows = 1, .inputs = x.data(), .outputs = y.data()});
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y[i], value_of(GetParam(), x[i]), 1e-15);
  }
}

INSTANTIATE_TEST_SUITE_P(All, ActivationGradient, testing::ValuesIn(kAllActivations),
                         [](const auto& info) { return test_name(to_string(info.param)); });

class NetworkGradient : public testing::TestWithParam<std::tuple<Activation, LossKind>> {
 protected:
  ModelSpec spec(const std::vector<int>& widths) const {
    return mlp(widths, std::get<0>(GetParam()), std::get<1>(GetParam()));
  }
};

TEST_P(NetworkGradient, MatchesFiniteDifferences) {
  constexpr std::size_t kRows = 4;
  constexpr double kScale = 0.25;
  // Made for more rows than the batch has, so that a stale row would show.
  Network<double> network = make_network<double>(spec({6, 5, 4, 3}), kRows + 2);
  RandomEngine engine = RandomStreams(11).stream("network");
  std::ranges::copy(uniform(engine, network.parameters().size(), 0.8),
                    network.parameters().begin());
  const std::vector<double> inputs = uniform(engine, kRows * 6, 1.0);
  const std::vector<std::int32_t> labels = random_labels(engine, kRows, 3);

  network.train(inputs, labels, kScale);
  const std::vector<double> gradients(network.gradients().begin(), network.gradients().end());
  double largest = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const double expected = central_difference(network.parameters()[i], [&] {
      return kScale * network.evaluate(inputs, labels).loss_sum;
    });
    EXPECT_NEAR(gradients[i], expected, kTolerance) << "parameter " << i;
    largest = std::max(largest, std::abs(expected));
  }
  EXPECT_GT(largest, 0.01) << "nothing was checked";
}

TEST_P(NetworkGradient, FloatAgreesWithDouble) {
  constexpr std::size_t kRows = 33;
  const ModelSpec model = spec({100, 70, 50, 10});
  Network<float> single = make_network<float>(model, kRows);
  Network<double> reference = make_network<double>(model, kRows);
  single.initialise(RandomStreams(2));
  std::ranges::copy(single.parameters(), reference.parameters().begin());
  RandomEngine engine = RandomStreams(13).stream("batch");
  const std::vector<double> values = uniform(engine, kRows * 100, 1.0);
  const std::vector<float> inputs(values.begin(), values.end());
  const std::vector<double> inputs_double(inputs.begin(), inputs.end());
  const std::vector<std::int32_t> labels = random_labels(engine, kRows, 10);

  const BatchResult result = single.train(inputs, labels, 1.0F / kRows);
  const BatchResult expected = reference.train(inputs_double, labels, 1.0 / kRows);
  EXPECT_NEAR(result.loss_sum, expected.loss_sum, 1e-5 * expected.loss_sum);
  EXPECT_EQ(result.correct, expected.correct);
  double error = 0;
  double norm = 0;
  for (std::size_t i = 0; i < single.gradients().size(); ++i) {
    error += std::pow(single.gradients()[i] - reference.gradients()[i], 2);
    norm += std::pow(reference.gradients()[i], 2);
  }
  // Some tens of roundings of 2^-24 = 6e-8 in a row.
  EXPECT_LT(std::sqrt(error), 3e-6 * std::sqrt(norm));
}

INSTANTIATE_TEST_SUITE_P(All, NetworkGradient,
                         testing::Combine(testing::ValuesIn(kAllActivations),
                                          testing::Values(LossKind::mean_squared_error,
                                                          LossKind::cross_entropy,
                                                          LossKind::focal)),
                         [](const auto& info) {
                           return test_name(to_string(std::get<0>(info.param)) + "_" +
                                            to_string(std::get<1>(info.param)));
                         });

}  // namespace
}  // namespace gradwire
