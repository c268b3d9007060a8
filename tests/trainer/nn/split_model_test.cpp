// A model in parts against the whole one with the same weights.
#include "trainer/nn/split_model.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <vector>

#include "trainer/nn/model.hpp"

namespace gradwire {
namespace {

using testing::ElementsAreArray;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

constexpr int kRows = 6;
constexpr int kFeatures = 11;
constexpr float kScale = 0.25F;

// Every part of a split step, with sums that are added in the order of the parts.
class Parts {
 public:
  Parts(const ModelSpec& spec, const std::vector<FeatureRange>& ranges) {
    for (const FeatureRange& range : ranges) {
      SplitModel& part = parts_.emplace_back(spec, range, kRows);
      part.draw_from(RandomStreams(5));
    }
  }

  std::deque<SplitModel>& all() { return parts_; }

  BatchResult step(const std::vector<float>& inputs, const std::vector<std::int32_t>& labels,
                   int sums_of_a_row) {
    const int rows = static_cast<int>(labels.size());
    const std::size_t count = labels.size() * static_cast<std::size_t>(sums_of_a_row);
    std::vector<std::vector<float>> own;
    std::vector<float> total(count);
    for (SplitModel& part : parts_) {
      own.push_back(columns(inputs, part.features()));
      part.begin(own.back(), rows);
      for (std::size_t i = 0; i < count; ++i) total[i] += part.sums()[i];
    }
    std::vector<BatchResult> results;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      std::ranges::copy(total, parts_[i].sums().begin());
      results.push_back(parts_[i].finish(own[i], labels, kScale));
      EXPECT_EQ(results.back().loss_sum, results.front().loss_sum);
    }
    return results.front();
  }

 private:
  static std::vector<float> columns(const std::vector<float>& inputs, FeatureRange range) {
    std::vector<float> own;
    for (auto row = inputs.begin(); row != inputs.end(); row += kFeatures) {
      own.insert(own.end(), row + range.begin, row + range.begin + range.count);
    }
    return own;
  }

  std::deque<SplitModel> parts_;
};

ModelSpec model_with(const std::vector<LayerSpec>& layers) {
  return {.input = {.width = kFeatures}, .layers = layers};
}

std::vector<float> inputs() {
  RandomEngine engine = RandomStreams(3).stream("inputs");
  std::vector<float> values(kRows * kFeatures);
  for (float& value : values) value = static_cast<float>(engine() >> 40) * 0x1p-23F - 1.0F;
  return values;
}

// Two steps: the second shows that dropout goes on as in the whole model.
TEST(SplitModel, ComputesWhatTheWholeModelComputes) {
  LayerSpec scored = dense(7);
  scored.keep = 0.5;
  const LayerSpec relu = activation(Activation::relu);
  const std::vector<std::int32_t> labels = {0, 1, 2, 2, 1, 0};
  for (const std::vector<LayerSpec>& layers :
       {std::vector{dense(3)}, std::vector{flatten(), dense(8), relu, dense(3)},
        std::vector{dense(16), relu, dropout(0.5), dense(8), dropout(0.3), dense(3)},
        std::vector{dense(9), relu, scored, relu, dense(3)}}) {
    for (const std::vector<FeatureRange>& ranges :
         {std::vector<FeatureRange>{{0, 11}}, {{0, 4}, {4, 4}, {8, 3}}, {{0, 1}, {1, 10}}}) {
      const ModelSpec spec = model_with(layers);
      SCOPED_TRACE(to_string(layers));
      const auto whole = make_model(spec, kRows);
      whole->initialise(RandomStreams(5));
      Parts parts(spec, ranges);
      for (SplitModel& part : parts.all()) part.take(whole->parameters(), whole->frozen());
      for (int step = 0; step < 2; ++step) {
        const std::vector<float> values = inputs();
        const BatchResult expected = whole->train({values, labels}, kScale);
        const BatchResult result = parts.step(values, labels, first_layer_sums(spec));
        EXPECT_NEAR(result.loss_sum, expected.loss_sum, 1e-5);
        EXPECT_EQ(result.correct, expected.correct);
        std::vector<float> gradients(whole->gradients().size());
        for (SplitModel& part : parts.all()) {
          // put() takes parameters: those of a model whose parameters are the gradients.
          SplitModel of_gradients(spec, part.features(), 1);
          std::ranges::copy(part.gradients(), of_gradients.parameters().begin());
          of_gradients.put(gradients);
        }
        EXPECT_THAT(gradients, Pointwise(FloatNear(1e-5F), whole->gradients()));
      }
    }
  }
}

TEST(SplitModel, PutsBackWhatItTook) {
  const ModelSpec spec = mlp({kFeatures, 5, 3});
  const auto whole = make_model(spec, 1);
  whole->initialise(RandomStreams(9));
  std::vector<float> again(whole->parameters().size(), -1.0F);
  for (const FeatureRange range : {FeatureRange{0, 6}, FeatureRange{6, 5}}) {
    SplitModel part(spec, range, 1);
    part.take(whole->parameters(), whole->frozen());
    EXPECT_EQ(part.weights_of_all(), 55U);
    // Its own weights, and 5 biases, 5 x 3 weights and 3 biases.
    EXPECT_EQ(part.parameters().size(), static_cast<std::size_t>(range.count) * 5 + 23);
    part.put(again);
  }
  EXPECT_THAT(again, ElementsAreArray(whole->parameters()));
}

// What all parts have alike lies at the same place in each of them.
TEST(SplitModel, HasTheCommonParametersFirst) {
  const ModelSpec spec = mlp({kFeatures, 5, 3});
  const auto whole = make_model(spec, 1);
  whole->initialise(RandomStreams(9));
  SplitModel a(spec, {0, 6}, 1);
  SplitModel b(spec, {6, 5}, 1);
  a.take(whole->parameters(), whole->frozen());
  b.take(whole->parameters(), whole->frozen());
  EXPECT_THAT(a.parameters().first(23), ElementsAreArray(b.parameters().first(23)));
}

// A part of 4 of 11 features: 4 x 5 + 5 + 5 x 3 + 3 = 43 parameters. Its pass of a sample takes
// 2 x 4 x 5 = 40 operations for the sums, 30 more forward, 60 back through the second layer and 40
// for the gradient of the own weights.
TEST(SplitModel, CostsWhatAModelOfItsFeaturesCosts) {
  const ModelSpec spec = mlp({kFeatures, 5, 3});
  EXPECT_EQ(parameter_count(model_of_part(spec, 4)), 43);
  EXPECT_DOUBLE_EQ(share_before_sums(spec, 4), 40.0 / (40 + 30 + 60 + 40));
}

TEST(SplitModel, IsOnlyForModelsThatBeginWithADenseLayer) {
  EXPECT_NO_THROW(check_can_split(mlp({kFeatures, 5, 3}), kFeatures));
  const auto refused = [](const ModelSpec& spec, const char* message) {
    EXPECT_THAT([&] { check_can_split(spec, 3); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(message)));
  };
  const ModelSpec images{.input = {3, 8, 8}, .layers = {conv(4, 3, 1, 0), flatten(), dense(3)}};
  refused(images,
          "features of a model that begins with {conv: 4, padding: 0}; allowed: a model "
          "that begins with a dense layer and trains its weights");
  LayerSpec scored = dense(3);
  scored.keep = 0.5;
  refused(model_with({flatten(), scored}), "begins with {dense: 3, keep: 0.5}");
  refused(model_with({dropout(0.5), dense(3)}), "begins with {dropout: 0.5}");
  refused(mlp({2, 3}), "2 features for 3 nodes; allowed: at least one for each");
  ModelSpec profile;
  profile.profile.push_back({.name = "layer", .parameters = 1});
  refused(profile, "features of a profile of layers");
}

}  // namespace
}  // namespace gradwire
