#include "trainer/feature_extractor.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "trainer/data/dataset.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

// Of two pixels a side to three: places 0 to 1, 0 to 2 and 1 to 2 (floor(i 2 / 3) and
// ceil((i + 1) 2 / 3)). Of the image 1 2 / 3 4 with a second channel of ten times as much.
TEST(PoolToGrid, TakesMeansOfPixelsThatAPlaceTouches) {
  const std::vector<float> image = {1, 10, 2, 20, 3, 30, 4, 40};
  std::vector<float> pooled(18);
  pool_to_grid(image, {2, 2, 2}, 3, pooled);
  EXPECT_THAT(pooled, ElementsAre(1, 10, 1.5F, 15, 2, 20,  //
                                  2, 20, 2.5F, 25, 3, 30,  //
                                  3, 30, 3.5F, 35, 4, 40));
  std::vector<float> smaller(2);
  pool_to_grid(image, {2, 2, 2}, 1, smaller);
  EXPECT_THAT(smaller, ElementsAre(2.5F, 25));
}

TEST(PoolToGrid, LeavesAnImageOfItsSizeAsItIs) {
  std::vector<float> image(7 * 7 * 5);
  std::iota(image.begin(), image.end(), 0.0F);
  std::vector<float> pooled(image.size());
  pool_to_grid(image, {5, 7, 7}, 7, pooled);
  EXPECT_EQ(pooled, image);
}

TEST(FeatureExtractor, RefusesWhatIsNoWeights) {
  EXPECT_THROW(FeatureExtractor("/nowhere/vgg16.safetensors", 224), DataError);
}

}  // namespace
}  // namespace gradwire
