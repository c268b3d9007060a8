#include "trainer/nn/tensor_layout.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "trainer/nn/models.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;
using Content = TensorPlace::Content;

std::vector<std::string> names(const std::vector<TensorPlace>& layout) {
  std::vector<std::string> names;
  for (const TensorPlace& place : layout) names.push_back(place.name);
  return names;
}

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

// Weights are here inputs x outputs, in PyTorch outputs x inputs.
TEST(TensorLayout, TurnsDenseWeights) {
  const std::vector<TensorPlace> layout = tensor_layout(mlp({2, 3, 1}));
  EXPECT_THAT(names(layout), ElementsAre("0.weight", "0.bias", "2.weight", "2.bias"));
  EXPECT_THAT(layout[0].shape, ElementsAre(3, 2));
  // 6 weights w[in][out] = 0 1 2 / 3 4 5, 3 biases, 3 weights, a bias.
  const std::vector<float> all = counting(13);
  EXPECT_THAT(tensor_values(layout[0], all), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(tensor_values(layout[1], all), ElementsAre(6, 7, 8));
  EXPECT_THAT(tensor_values(layout[2], all), ElementsAre(9, 10, 11));
  std::vector<float> again(13);
  for (const TensorPlace& place : layout) place_tensor(place, tensor_values(place, all), again);
  EXPECT_EQ(again, all);
}

// A convolution of 1 x 1 from 2 channels to 2, here [input][output]; then a dense layer over an
// image of 2 x 1 x 2, whose features are here in the order height, width, channel, and in PyTorch
// channel, height, width.
TEST(TensorLayout, TurnsImagesBeforeADenseLayer) {
  const ModelSpec spec{.input = {2, 1, 2}, .layers = {conv(2, 1), flatten(), dense(1)}};
  const std::vector<TensorPlace> layout = tensor_layout(spec);
  EXPECT_THAT(names(layout), ElementsAre("0.weight", "0.bias", "2.weight", "2.bias"));
  EXPECT_THAT(layout[0].shape, ElementsAre(2, 2, 1, 1));
  EXPECT_THAT(layout[2].shape, ElementsAre(1, 4));
  const std::vector<float> all = counting(11);
  EXPECT_THAT(tensor_values(layout[0], all), ElementsAre(0, 2, 1, 3));
  // Here 6 7 / 8 9: columns of two channels.
  EXPECT_THAT(tensor_values(layout[2], all), ElementsAre(6, 8, 7, 9));
}

TEST(TensorLayout, NamesWhatIsInsideOfOthers) {
  const ModelSpec spec{.input = {1, 4, 4},
                       .layers = {residual({conv(1, 3, 1, 1)}), flatten(), dense(2)}};
  EXPECT_THAT(names(tensor_layout(spec)),
              ElementsAre("0.0.weight", "0.0.bias", "2.weight", "2.bias"));
}

TEST(TensorLayout, GivesAnLstmTheTwoBiasesOfPyTorch) {
  const CaptionerOptions options{
      .vocabulary = 7, .words = 3, .image = {.width = 5}, .width = 2, .dropout = 0};
  ModelSpec spec{.input = {.width = 8}, .layers = captioner(options)};
  spec.layers.push_back(dense(7));
  const std::vector<TensorPlace> layout = tensor_layout(spec);
  EXPECT_THAT(names(layout),
              ElementsAre("0.0.0.weight", "0.0.0.bias", "0.1.0.weight", "0.1.1.weight_ih_l0",
                          "0.1.1.weight_hh_l0", "0.1.1.bias_ih_l0", "0.1.1.bias_hh_l0", "1.weight",
                          "1.bias", "3.weight", "3.bias"));
  const auto parameters = static_cast<std::size_t>(parameter_count(spec));
  EXPECT_EQ(static_cast<std::size_t>(layout.back().offset + layout.back().count()), parameters);
  std::vector<float> all(parameters);
  place_tensor(layout[5], std::vector<float>(8, 1.5F), all);
  place_tensor(layout[6], std::vector<float>(8, 2.0F), all);
  EXPECT_EQ(tensor_values(layout[5], all), std::vector<float>(8, 3.5F));
  EXPECT_EQ(tensor_values(layout[6], all), std::vector<float>(8, 0.0F));
}

TEST(TensorLayout, KeepsFrozenWeightsApart) {
  ModelSpec spec{.input = {.width = 2}, .layers = with_scores({dense(3)}, 0.5)};
  const std::vector<TensorPlace> layout = tensor_layout(spec);
  EXPECT_THAT(names(layout), ElementsAre("0.weight", "0.scores"));
  EXPECT_EQ(layout[0].content, Content::frozen);
  EXPECT_EQ(layout[0].offset, 0);
  EXPECT_EQ(layout[1].offset, 0);
}

// The state of torchvision.models.vgg16(): convolutions and pools are 31 modules "features", with
// parameters at 0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26 and 28; dense layers, with ReLU and
// dropout after each but the last, are 0, 3 and 6 of "classifier".
TEST(TensorLayout, NamesVgg16AsTorchvisionDoes) {
  ModelSpec spec{.input = {3, 224, 224}, .layers = vgg16()};
  spec.layers.push_back(dense(1000));
  std::vector<std::string> expected;
  for (const int i : {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28}) {
    for (const char* what : {".weight", ".bias"}) {
      expected.push_back("features." + std::to_string(i) + what);
    }
  }
  for (const int i : {0, 3, 6}) {
    for (const char* what : {".weight", ".bias"}) {
      expected.push_back("classifier." + std::to_string(i) + what);
    }
  }
  const std::vector<TensorPlace> layout = tensor_layout(spec);
  EXPECT_EQ(names(layout), expected);
  EXPECT_THAT(layout[0].shape, ElementsAre(64, 3, 3, 3));
  EXPECT_THAT(layout[24].shape, ElementsAre(512, 512, 3, 3));
  EXPECT_THAT(layout[26].shape, ElementsAre(4096, 25088));
  EXPECT_THAT(layout[30].shape, ElementsAre(1000, 4096));
}

}  // namespace
}  // namespace gradwire
