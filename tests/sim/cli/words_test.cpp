#include "sim/cli/words.hpp"

#include <gtest/gtest.h>

namespace gradwire {
namespace {

TEST(Words, CountInSingularAndPlural) {
  EXPECT_EQ(counted(0, "repeat"), "0 repeats");
  EXPECT_EQ(counted(1, "repeat"), "1 repeat");
  EXPECT_EQ(counted(16, "point"), "16 points");
}

TEST(Words, WriteTimesWithThreeDigits) {
  EXPECT_EQ(human_time(0.01234), "12.3 ms");
  EXPECT_EQ(human_time(132.6), "2.21 min");
}

}  // namespace
}  // namespace gradwire
