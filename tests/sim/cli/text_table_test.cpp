#include "sim/cli/text_table.hpp"

#include <gtest/gtest.h>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

TEST(TextTable, AlignsItsColumns) {
  TextTable table({"nodes", "time"});
  EXPECT_TRUE(table.empty());
  table.add({"1", "823 us"});
  table.add({"100000", "2 s"});
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(table.text(),
            " nodes    time\n"
            "--------------\n"
            "     1  823 us\n"
            "100000     2 s\n");
}

TEST(TextTable, RefusesARowOfAnotherLength) {
  TextTable table({"nodes", "time"});
  EXPECT_THROW(table.add({"1"}), CheckFailure);
}

}  // namespace
}  // namespace gradwire
