// The merge of branches: sums derived by hand, and which rows a branch has to look at.
#include "trainer/nn/merge.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace gradwire {
namespace {

// Multiplies its one feature, and knows how many rows it has had to.
class Factor final : public Layer<double> {
 public:
  Factor(double factor, int& rows) : factor_(factor), rows_(rows) {}

  int inputs() const override { return 1; }
  int outputs() const override { return 1; }
  void forward(const ForwardPass<double>& pass) override {
    for (int row = 0; row < pass.rows; ++row) pass.outputs[row] = factor_ * pass.inputs[row];
    rows_ += pass.rows;
  }
  void backward(const BackwardPass<double>& pass) override {
    for (int row = 0; pass.input_gradient != nullptr && row < pass.rows; ++row) {
      pass.input_gradient[row] = factor_ * pass.output_gradient[row];
    }
  }

 private:
  double factor_;
  int& rows_;
};

class TwoFactors : public testing::Test {
 protected:
  TwoFactors() {
    std::vector<Chain<double>> branches;
    branches.push_back(branch(10, tens_));
    branches.push_back(branch(1, ones_));
    merge_ = std::make_unique<Merge<double>>(std::move(branches));
  }

  std::vector<double> forward(Phase phase, const std::vector<double>& inputs) {
    std::vector<double> outputs(inputs.size() / 2, 1e9);
    merge_->forward({.phase = phase,
                     .rows = static_cast<int>(outputs.size()),
                     .inputs = inputs.data(),
                     .outputs = outputs.data()});
    return outputs;
  }

  int tens_ = 0;  // rows that the first branch has looked at
  int ones_ = 0;
  std::unique_ptr<Merge<double>> merge_;

 private:
  static Chain<double> branch(double factor, int& rows) {
    std::vector<std::unique_ptr<Layer<double>>> layers;
    layers.push_back(std::make_unique<Factor>(factor, rows));
    return {std::move(layers), 5};
  }
};

const std::vector<double> kRows = {1, 2, 1, 3, 4, 3, 1, 3, 1, 3};
const std::vector<double> kSums = {12, 13, 43, 13, 13};

TEST_F(TwoFactors, TrainingLooksAtEveryRow) {
  EXPECT_EQ(forward(Phase::training, kRows), kSums);
  EXPECT_EQ(tens_, 5);
  EXPECT_EQ(ones_, 5);
}

TEST_F(TwoFactors, EvaluationLooksOnceAtRowsInARowThatAreTheSame) {
  EXPECT_EQ(forward(Phase::evaluation, kRows), kSums);
  EXPECT_EQ(tens_, 3);  // 1 1, 4, 1 1
  EXPECT_EQ(ones_, 2);  // 2, 3 3 3 3
}

TEST_F(TwoFactors, NothingIsKnownFromTheBatchBefore) {
  forward(Phase::evaluation, {1, 2});
  EXPECT_EQ(forward(Phase::evaluation, {1, 2, 5, 2}), (std::vector<double>{12, 52}));
  EXPECT_EQ(tens_, 1 + 2);
  EXPECT_EQ(ones_, 1 + 1);
}

TEST_F(TwoFactors, TheGradientOfARowGoesToItsFeatures) {
  forward(Phase::training, {1, 2, 3, 4});
  const std::vector<double> outputs(2);
  const std::vector<double> gradient = {7, 8};
  std::vector<double> inputs(4, 1e9);
  merge_->backward({.rows = 2,
                    .inputs = nullptr,
                    .outputs = outputs.data(),
                    .output_gradient = gradient.data(),
                    .input_gradient = inputs.data()});
  EXPECT_EQ(inputs, (std::vector<double>{70, 7, 80, 8}));
}

}  // namespace
}  // namespace gradwire
