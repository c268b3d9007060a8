// How close a training step comes to the matrix products that it consists of. Model and bare
// products take turns in blocks within one run, so that whatever else the machine does hits both;
// one thread, as in a worker.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <random>

#include "bench/bare_products.hpp"
#include "netmodel/check.hpp"
#include "trainer/nn/backend.hpp"
#include "trainer/nn/model.hpp"

namespace gradwire {
namespace {

using benchmark::Counter;

class RandomBatch {
 public:
  RandomBatch(int rows, int features, int classes)
      : inputs_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(features)) {
    std::mt19937 random(1);
    for (float& value : inputs_) value = static_cast<float>(random() % 256) / 256.0F;
    for (int row = 0; row < rows; ++row) labels_.push_back(row % classes);
  }
  Batch batch() const { return {inputs_, labels_}; }

 private:
  std::vector<float> inputs_;
  std::vector<std::int32_t> labels_;
};

// A step along the gradient changes the loss by the square of its length, to first order.
void check_gradients(Model& model, const Batch& batch) {
  const float scale = 1.0F / static_cast<float>(batch.rows());
  model.train(batch, scale);
  double square = 0;
  for (const float value : model.gradients()) square += double{value} * value;
  const double step = 0.01 / std::sqrt(square);
  const auto loss_at = [&](double distance) {
    const auto parameters = model.parameters();
    const auto gradients = model.gradients();
    const std::vector<float> saved(parameters.begin(), parameters.end());
    for (std::size_t i = 0; i < saved.size(); ++i) {
      parameters[i] += static_cast<float>(distance * gradients[i]);
    }
    const double loss = model.evaluate(batch).loss_sum * scale;
    std::ranges::copy(saved, parameters.begin());
    return loss;
  };
  const double slope = (loss_at(step) - loss_at(-step)) / (2 * step * square);
  CHECK(std::abs(slope - 1) < 0.05, "slope={}", slope);
}

template <typename Step>
std::chrono::duration<double> time_of(const Step& step) {
  const auto start = std::chrono::steady_clock::now();
  step();
  return std::chrono::steady_clock::now() - start;
}

void train(benchmark::State& state, const std::vector<int>& widths) {
  constexpr int kBlock = 8;
  const int rows = static_cast<int>(state.range(0));
  use_threads(1);
  const RandomBatch data(rows, widths.front(), widths.back());
  const ModelSpec spec = mlp(widths);
  const auto model = make_model(spec, rows);
  model->initialise(RandomStreams(1));
  check_gradients(*model, data.batch());
  BareProducts bare(widths, rows);
  std::chrono::duration<double> model_time{};
  std::chrono::duration<double> bare_time{};
  while (state.KeepRunning()) {
    const auto block = time_of([&] {
      for (int i = 0; i < kBlock; ++i) model->train(data.batch(), 1.0F / static_cast<float>(rows));
    });
    bare_time += time_of([&] {
      for (int i = 0; i < kBlock; ++i) bare.step();
    });
    model_time += block;
    state.SetIterationTime(block.count());
  }
  const double samples = static_cast<double>(state.iterations()) * kBlock * rows;
  state.counters["samples/s"] = samples / model_time.count();
  state.counters["GFLOP/s"] = samples * flops_per_sample(spec) / model_time.count() * 1e-9;
  state.counters["of_bare_products"] = bare_time / model_time;
}

void train_mlp(benchmark::State& state) { train(state, {784, 512, 256, 10}); }
BENCHMARK(train_mlp)->ArgName("batch")->Arg(32)->Arg(128)->UseManualTime();

void train_big_mlp(benchmark::State& state) { train(state, {784, 784, 784, 784, 10}); }
BENCHMARK(train_big_mlp)->ArgName("batch")->Arg(128)->UseManualTime();

}  // namespace
}  // namespace gradwire
