// One case of the comparison with PyTorch: checks the model, then measures for a while and prints
// samples a second of processor time, as JSON; for multilayer perceptrons also those of the bare
// products, in turns with the training steps.
//
//   trainer_case CASE SECONDS
//   trainer_case CASE --dump FILE
//
// The second form trains one step and writes 32-bit floats, for a check of the same step elsewhere:
// the parameters, the inputs, the labels, the mean loss, its gradient.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bench/bare_products.hpp"
#include "netmodel/check.hpp"
#include "trainer/nn/backend.hpp"
#include "trainer/nn/model.hpp"
#include "trainer/nn/models.hpp"
#include "trainer/nn/optimizer.hpp"

namespace gradwire {
namespace {

using Seconds = std::chrono::duration<double>;

struct Case {
  ModelSpec model;
  std::vector<int> widths{};  // of a multilayer perceptron
  bool trains = true;
};

constexpr int kVocabulary = 8000;
constexpr int kWords = 34;
constexpr int kFeatures = 4096;

ModelSpec with_output(const SampleShape& input, std::vector<LayerSpec> layers, int classes) {
  layers.push_back(dense(classes));
  return {.input = input, .layers = std::move(layers)};
}

Case case_of(const std::string& name) {
  const auto perceptron = [](const std::vector<int>& widths) { return Case{mlp(widths), widths}; };
  if (name == "mlp") return perceptron({784, 512, 256, 10});
  if (name == "big-mlp") return perceptron({784, 784, 784, 784, 10});
  if (name == "conv") return {with_output({3, 32, 32}, residual_net(3), 10)};
  if (name == "captioner") {
    return {with_output({.width = kFeatures + kWords},
                        captioner({.vocabulary = kVocabulary,
                                   .words = kWords,
                                   .image = {.width = kFeatures},
                                   .dropout = 0}),
                        kVocabulary)};
  }
  CHECK(name == "vgg16-forward", "no case {}", name);
  return {.model = with_output({3, 224, 224}, vgg16(), 1000), .trains = false};
}

struct Samples {
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;
  Batch batch() const { return {inputs, labels}; }
};

Samples random_samples(const std::string& name, const ModelSpec& model, int rows) {
  std::mt19937 random(1);
  Samples samples;
  const int features = model.input.features();
  const int classes = class_count(model);
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < features; ++i) {
      const bool is_word = name == "captioner" && i >= kFeatures;
      samples.inputs.push_back(is_word ? static_cast<float>(1 + random() % (kVocabulary - 1))
                                       : static_cast<float>(random() % 256) / 256.0F);
    }
    samples.labels.push_back(static_cast<std::int32_t>(random()) & 0x7fffffff);
    samples.labels.back() %= classes;
  }
  return samples;
}

// A step along the gradient changes the loss by the square of its length, to first order.
void check_gradient(Model& model, const Batch& batch) {
  const float scale = 1.0F / static_cast<float>(batch.rows());
  model.train(batch, scale);
  const auto parameters = model.parameters();
  const auto gradients = model.gradients();
  const std::vector<float> saved(parameters.begin(), parameters.end());
  double square = 0;
  for (const float value : gradients) square += double{value} * value;
  const double step = 0.01 / std::sqrt(square);
  const auto loss_at = [&](double distance) {
    for (std::size_t i = 0; i < saved.size(); ++i) {
      parameters[i] = saved[i] + static_cast<float>(distance * gradients[i]);
    }
    return model.evaluate(batch).loss_sum * scale;
  };
  const double slope = (loss_at(step) - loss_at(-step)) / (2 * step * square);
  std::ranges::copy(saved, parameters.begin());
  CHECK(std::abs(slope - 1) < 0.05, "slope={}", slope);
}

// Of the processor: what other programs take does not count.
Seconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return Seconds(static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec));
}

template <typename Step>
Seconds time_of(const Step& step) {
  const Seconds start = processor_time();
  step();
  return processor_time() - start;
}

struct Times {
  Seconds steps{};      // as a worker takes them, with the update of the weights
  Seconds gradients{};  // in turns with bare products
  Seconds bare{};
  double step_samples = 0;
  double gradient_samples = 0;
};

Times measure(const Case& which, const Samples& samples, Model& model, Seconds budget) {
  const Batch batch = samples.batch();
  const float scale = 1.0F / static_cast<float>(batch.rows());
  const auto optimizer = make_optimizer({.rate = 1e-4}, model.parameters().size());
  const auto step = [&] {
    if (!which.trains) {
      model.evaluate(batch);
      return;
    }
    model.train(batch, scale);
    optimizer->step(model.parameters(), model.gradients());
  };
  std::unique_ptr<BareProducts> bare;
  if (!which.widths.empty()) bare = std::make_unique<BareProducts>(which.widths, batch.rows());
  constexpr int kWarmup = 3;
  constexpr int kBlock = 8;
  for (int i = 0; i < kWarmup; ++i) step();
  Times times;
  while (times.steps < budget) {
    times.steps += time_of(step);
    times.step_samples += batch.rows();
  }
  while (bare && times.gradients + times.bare < budget) {
    times.gradients += time_of([&] {
      for (int i = 0; i < kBlock; ++i) model.train(batch, scale);
    });
    times.bare += time_of([&] {
      for (int i = 0; i < kBlock; ++i) bare->step();
    });
    times.gradient_samples += kBlock * batch.rows();
  }
  return times;
}

void dump(Model& model, const Batch& batch, const std::string& file) {
  const float scale = 1.0F / static_cast<float>(batch.rows());
  const auto loss = static_cast<float>(model.train(batch, scale).loss_sum * scale);
  const std::vector<float> labels(batch.labels.begin(), batch.labels.end());
  std::ofstream out(file, std::ios::binary);
  const auto write = [&out](std::span<const float> values) {
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size_bytes()));
  };
  write(model.parameters());
  write(batch.inputs);
  write(labels);
  write({&loss, 1});
  write(model.gradients());
  CHECK(out.good(), "cannot write {}", file);
}

void run(const std::string& name, const std::string& seconds, const std::string& dump_file) {
  const std::size_t dash = name.rfind('-');
  CHECK(dash != std::string::npos, "no batch in {}", name);
  const std::string kind = name.substr(0, dash);
  const int rows = std::stoi(name.substr(dash + 1));
  use_threads(1);
  const Case which = case_of(kind);
  const Samples samples = random_samples(kind, which.model, rows);
  const auto model = make_model(which.model, rows);
  model->initialise(RandomStreams(1));
  if (!dump_file.empty()) {
    dump(*model, samples.batch(), dump_file);
    return;
  }
  if (which.trains) check_gradient(*model, samples.batch());
  const Times times = measure(which, samples, *model, Seconds(std::stod(seconds)));
  const double rate = times.step_samples / times.steps.count();
  const double flops =
      which.trains ? flops_per_sample(which.model) : cost_of(which.model).forward_flops;
  std::string bare;
  if (times.bare.count() > 0) {
    bare =
        fmt::format(R"(, "gradient_samples_per_second": {:.1f}, "bare_samples_per_second": {:.1f})",
                    times.gradient_samples / times.gradients.count(),
                    times.gradient_samples / times.bare.count());
  }
  fmt::print(R"({{"case": "{}", "samples_per_second": {:.2f}, "gflops": {:.1f}{}}})"
             "\n",
             name, rate, rate * flops * 1e-9, bare);
}

}  // namespace
}  // namespace gradwire

int main(int count, char** arguments) {
  const bool dumps = count == 4 && std::string(arguments[2]) == "--dump";
  if (count != 3 && !dumps) {
    fmt::print(stderr, "usage: trainer_case CASE SECONDS | CASE --dump FILE\n");
    return 2;
  }
  gradwire::run(arguments[1], arguments[2], dumps ? arguments[3] : "");
  return 0;
}
