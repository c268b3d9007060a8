#include "sim/results/quantity.hpp"

#include <gtest/gtest.h>

namespace gradwire {
namespace {

TEST(Quantity, PlainNumbersAreThoseOfJson) {
  for (const char* text : {"4", "0.05", "-1", "1e-3", "0"}) EXPECT_TRUE(is_plain_number(text));
  for (const char* text : {"", "-", "+4", "007", "nan", ".5", "5.", "1e400", "0x10", " 4", "4 ",
                           "4\n", "4,5", "10Mbit", "[4]", "true"}) {
    EXPECT_FALSE(is_plain_number(text)) << text;
  }
}

TEST(Quantity, EveryKindHasItsUnit) {
  EXPECT_EQ(read_quantity("4"), (Quantity{4, ""}));
  EXPECT_EQ(read_quantity("0.05"), (Quantity{0.05, ""}));
  EXPECT_EQ(read_quantity("10Mbit"), (Quantity{1e7, "bit/s"}));
  EXPECT_EQ(read_quantity("250us"), (Quantity{2.5e-4, "s"}));
  EXPECT_EQ(read_quantity("64KiB"), (Quantity{65536, "B"}));
  EXPECT_EQ(read_quantity("50%"), (Quantity{0.5, "fraction"}));
  EXPECT_EQ(read_quantity("50Gflops"), (Quantity{5e10, "flop/s"}));
}

TEST(Quantity, OtherTextIsNone) {
  for (const char* text : {"ring", "[512, 256]", "10 apples", "", "pass"}) {
    EXPECT_EQ(read_quantity(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gradwire
