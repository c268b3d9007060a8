#include "sim/results/human.hpp"

#include <gtest/gtest.h>

namespace gradwire {
namespace {

std::string human(double seconds) { return time_format(seconds).with_unit(seconds); }

TEST(Human, TimesHaveThreeDigits) {
  EXPECT_EQ(human(0), "0 s");
  EXPECT_EQ(human(3e-9), "3.00 ns");
  EXPECT_EQ(human(1.5e-5), "15.0 us");
  EXPECT_EQ(human(0.0123), "12.3 ms");
  EXPECT_EQ(human(4.561), "4.56 s");
  EXPECT_EQ(human(119), "119 s");
  EXPECT_EQ(human(126), "2.10 min");
  EXPECT_EQ(human(7200), "2.00 h");
}

TEST(Human, WhatRoundsUpToTheNextUnitIsWrittenInIt) {
  EXPECT_EQ(human(0.99951), "1.00 s");
  EXPECT_EQ(human(0.9994), "999 ms");
  EXPECT_EQ(human(9.996), "10.0 s");
}

TEST(Human, AnIntervalSharesTheUnitOfItsMedian) {
  const TimeFormat format = time_format(1.05);
  EXPECT_EQ(format.number(0.95), "0.95");
  EXPECT_EQ(format.number(1.05), "1.05");
}

TEST(Human, BytesInPowersOfAThousand) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.00 kB");
  EXPECT_EQ(human_bytes(2'140'000'000), "2.14 GB");
  EXPECT_EQ(human_bytes(9'000'000'000'000'000), "9000 TB");
}

}  // namespace
}  // namespace gradwire
