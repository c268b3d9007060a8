#include "trainer/nn/models.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "trainer/nn/model_spec.hpp"

namespace gradwire {
namespace {

std::vector<int> with_ends(std::vector<int> hidden) {
  hidden.insert(hidden.begin(), 784);
  hidden.push_back(10);
  return hidden;
}

// 784 x 784 + 784 in each of three layers, and 784 x 10 + 10: 1 854 170.
TEST(WidthsAtDepth, KeepTheNumberOfParameters) {
  EXPECT_EQ(widths_at_depth(784, 10, {784, 784, 784}, 3), (std::vector<int>{784, 784, 784}));
  for (const int depth : {1, 2, 4, 7, 12, 30, 100}) {
    const std::vector<int> widths = widths_at_depth(784, 10, {784, 784, 784}, depth);
    EXPECT_EQ(widths.size(), static_cast<std::size_t>(depth));
    const auto parameters = static_cast<double>(parameter_count(mlp(with_ends(widths))));
    EXPECT_NEAR(parameters, 1'854'170, 18'541) << depth;
    EXPECT_LE(*std::ranges::max_element(widths) - *std::ranges::min_element(widths), 1) << depth;
  }
}

// One layer of w: 784 w + w + 10 w + 10 = 795 w + 10; 1 854 170 / 795 = 2332.3.
TEST(WidthsAtDepth, OfOneLayerIsWhatTheParametersAllow) {
  EXPECT_EQ(widths_at_depth(784, 10, {784, 784, 784}, 1), std::vector<int>{2332});
}

// Ten parameters more or less are more than 1 % of 25.
TEST(WidthsAtDepth, AreRefusedWhereNoneComeClose) {
  EXPECT_THROW(widths_at_depth(10, 2, {2}, 9), std::invalid_argument);
}

}  // namespace
}  // namespace gradwire
