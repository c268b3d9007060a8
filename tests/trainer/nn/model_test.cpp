#include "trainer/nn/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "netmodel/check.hpp"
#include "trainer/nn/backend.hpp"
#include "trainer/nn/optimizer.hpp"

namespace {

thread_local std::int64_t allocations = 0;  // by this thread, through operator new

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment;
  if (void* memory = std::aligned_alloc(alignment, rounded * alignment)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace gradwire {
namespace {

struct Samples {
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;

  Batch batch() const { return {inputs, labels}; }
};

// Points around `classes` random centres: separable, but not by one threshold.
Samples clusters(std::size_t rows, std::size_t features, std::size_t classes) {
  RandomEngine engine = RandomStreams(17).stream("clusters");
  const auto uniform = [&] { return static_cast<float>(engine() >> 40) * 0x1p-23F - 1.0F; };
  std::vector<float> centres(classes * features);
  for (float& value : centres) value = uniform();
  Samples samples;
  for (std::size_t row = 0; row < rows; ++row) {
    samples.labels.push_back(static_cast<std::int32_t>(row % classes));
    for (std::size_t i = 0; i < features; ++i) {
      samples.inputs.push_back(centres[row % classes * features + i] + 0.3F * uniform());
    }
  }
  return samples;
}

std::vector<float> copy(std::span<float> values) { return {values.begin(), values.end()}; }

bool same_bytes(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

TEST(Model, ParametersAndGradientsAreFlatAndStay) {
  const auto model = make_model(mlp({5, 4, 3}), 2);
  // 5 * 4 + 4 weights and biases of the first layer, 4 * 3 + 3 of the second.
  ASSERT_EQ(model->parameters().size(), 39U);
  ASSERT_EQ(model->gradients().size(), 39U);
  const float* parameters = model->parameters().data();
  const float* gradients = model->gradients().data();
  model->initialise(RandomStreams(1));
  model->train(clusters(2, 5, 3).batch(), 1);
  EXPECT_EQ(model->parameters().data(), parameters);
  EXPECT_EQ(model->gradients().data(), gradients);
}

TEST(Model, InitialWeightsHaveKaimingVarianceAndBiasesAreZero) {
  const auto model = make_model(mlp({784, 512, 10}), 1);
  model->initialise(RandomStreams(1));
  const std::span<float> parameters = model->parameters();
  constexpr std::size_t kFirstWeights = std::size_t{784} * 512;
  const auto moments = [](std::span<const float> values) {
    double sum = 0;
    double squares = 0;
    for (const float value : values) {
      sum += value;
      squares += static_cast<double>(value) * value;
    }
    const auto count = static_cast<double>(values.size());
    return std::pair{sum / count, squares / count};
  };
  // The variance of n normal numbers is off by sqrt(2 / n) of itself: 0.22 % for 784 * 512 weights,
  // 2 % for 512 * 10. Their mean is off by sqrt(variance / n) = 8e-5 and 9e-4.
  const auto [mean, variance] = moments(parameters.first(kFirstWeights));
  EXPECT_NEAR(mean, 0, 4e-4);
  EXPECT_NEAR(variance, 2.0 / 784, 0.01 * 2.0 / 784);
  const auto [last_mean, last_variance] = moments(parameters.subspan(kFirstWeights + 512, 5120));
  EXPECT_NEAR(last_mean, 0, 4e-3);
  EXPECT_NEAR(last_variance, 2.0 / 512, 0.08 * 2.0 / 512);
  for (const float bias : parameters.subspan(kFirstWeights, 512)) EXPECT_EQ(bias, 0);
  for (const float bias : parameters.last(10)) EXPECT_EQ(bias, 0);
}

TEST(Model, SeedDecidesTheWeights) {
  const auto weights = [](std::uint64_t seed) {
    const auto model = make_model(mlp({20, 10}), 1);
    model->initialise(RandomStreams(seed));
    return copy(model->parameters());
  };
  EXPECT_TRUE(same_bytes(weights(1), weights(1)));
  EXPECT_FALSE(same_bytes(weights(1), weights(2)));
}

TEST(Model, ABatchWithoutRowsGivesZeroGradients) {
  const auto model = make_model(mlp({5, 4, 3}), 2);
  model->initialise(RandomStreams(1));
  model->train(clusters(2, 5, 3).batch(), 1);
  ASSERT_TRUE(std::ranges::any_of(model->gradients(), [](float g) { return g != 0; }));
  const BatchResult result = model->train({}, 0.5F);
  EXPECT_EQ(result.loss_sum, 0);
  EXPECT_EQ(result.correct, 0);
  EXPECT_TRUE(std::ranges::all_of(model->gradients(), [](float g) { return g == 0; }));
  EXPECT_EQ(model->evaluate({}).correct, 0);
}

TEST(Model, GradientsOfPartsAddUpToThoseOfTheWhole) {
  // What data parallelism rests on: each worker's share is scaled by the global batch.
  const Samples whole = clusters(12, 5, 3);
  const auto model = make_model(mlp({5, 8, 3}), 12);
  model->initialise(RandomStreams(1));
  model->train(whole.batch(), 1.0F / 12);
  const std::vector<float> expected = copy(model->gradients());
  std::vector<float> sum(expected.size());
  for (const auto& [first, rows] : {std::pair{std::size_t{0}, std::size_t{5}}, {5, 7}}) {
    model->train({std::span(whole.inputs).subspan(first * 5, rows * 5),
                  std::span(whole.labels).subspan(first, rows)},
                 1.0F / 12);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += model->gradients()[i];
  }
  for (std::size_t i = 0; i < sum.size(); ++i) EXPECT_NEAR(sum[i], expected[i], 1e-6);
}

TEST(Model, EvaluationAgreesWithTrainingAndLeavesTheGradients) {
  const Samples samples = clusters(9, 5, 3);
  const auto model = make_model(mlp({5, 4, 3}), 9);
  model->initialise(RandomStreams(1));
  const BatchResult trained = model->train(samples.batch(), 1);
  const std::vector<float> gradients = copy(model->gradients());
  const BatchResult evaluated = model->evaluate(samples.batch());
  EXPECT_EQ(evaluated.loss_sum, trained.loss_sum);
  EXPECT_EQ(evaluated.correct, trained.correct);
  EXPECT_TRUE(same_bytes(model->gradients(), gradients));
}

TEST(Model, LearnsExclusiveOr) {
  // Not linearly separable, so that the hidden layer has to have learnt.
  const Samples samples{{0, 0, 0, 1, 1, 0, 1, 1}, {0, 1, 1, 0}};
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::sigmoid}) {
    for (const LossKind loss : {LossKind::mean_squared_error, LossKind::cross_entropy}) {
      const auto model = make_model(mlp({2, 16, 2}, activation, loss), 4);
      model->initialise(RandomStreams(4));
      const auto optimizer =
          make_optimizer({.rate = 0.2, .momentum = 0.9}, model->parameters().size());
      const double before = model->evaluate(samples.batch()).loss_sum;
      for (int step = 0; step < 1000; ++step) {
        model->train(samples.batch(), 0.25F);
        optimizer->step(model->parameters(), model->gradients());
      }
      const BatchResult after = model->evaluate(samples.batch());
      EXPECT_EQ(after.correct, 4) << to_string(activation) << " " << to_string(loss);
      EXPECT_LT(after.loss_sum, 0.05 * before) << to_string(activation) << " " << to_string(loss);
    }
  }
}

TEST(Model, RepeatsAreBitIdentical) {
  use_threads(1);
  const Samples samples = clusters(33, 50, 10);
  const auto trained = [&](LossKind loss) {
    const auto model = make_model(mlp({50, 40, 30, 10}, Activation::relu, loss), 33);
    model->initialise(RandomStreams(1));
    const auto optimizer =
        make_optimizer({.rate = 0.1, .momentum = 0.9}, model->parameters().size());
    for (int step = 0; step < 20; ++step) {
      // A shorter batch in between must leave no trace.
      if (step == 10) model->train(clusters(7, 50, 10).batch(), 1.0F / 7);
      model->train(samples.batch(), 1.0F / 33);
      optimizer->step(model->parameters(), model->gradients());
    }
    return copy(model->parameters());
  };
  for (const LossKind loss : {LossKind::mean_squared_error, LossKind::cross_entropy}) {
    const std::vector<float> first = trained(loss);
    // Memory of another size in between moves the buffers of the second model.
    const std::vector<float> shift(12345);
    EXPECT_TRUE(same_bytes(first, trained(loss))) << to_string(loss);
  }
}

TEST(Model, StepsAfterTheFirstAllocateNothing) {
  use_threads(1);
  const Samples samples = clusters(32, 784, 10);
  const auto model = make_model(mlp({784, 512, 256, 10}), 32);
  const auto optimizer = make_optimizer({.rate = 0.1, .momentum = 0.9}, model->parameters().size());
  const auto step = [&] {
    model->train(samples.batch(), 1.0F / 32);
    optimizer->step(model->parameters(), model->gradients());
    model->evaluate(samples.batch());
  };
  ASSERT_GT(allocations, 0) << "operator new is not counted";
  step();
  const std::int64_t before = allocations;
  for (int i = 0; i < 3; ++i) step();
  EXPECT_EQ(allocations - before, 0);
}

TEST(Model, RefusesWhatCannotBeBuilt) {
  EXPECT_THROW(make_model(ModelSpec{}, 1), std::invalid_argument);
  try {
    make_model(mlp({784, 10}), 0);
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "a model for batches of 0 rows; allowed: at least 1");
  }
}

TEST(Model, ChecksItsBatches) {
  const auto model = make_model(mlp({2, 3}), 2);
  const std::vector<float> inputs(6);
  const std::vector<std::int32_t> labels = {0, 1, 2};
  const std::vector<std::int32_t> bad_labels = {0, 3};
  const std::span<const float> four = std::span(inputs).first(4);
  EXPECT_THROW(model->train({inputs, labels}, 1), CheckFailure) << "too many rows";
  EXPECT_THROW(model->train({inputs, std::span(labels).first(2)}, 1), CheckFailure)
      << "inputs of 3 rows, labels of 2";
  EXPECT_THROW(model->evaluate({four, bad_labels}), CheckFailure) << "label out of range";
  EXPECT_NO_THROW(model->train({four, std::span(labels).first(2)}, 1));
}

}  // namespace
}  // namespace gradwire
