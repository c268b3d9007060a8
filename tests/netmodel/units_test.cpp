#include "netmodel/units.hpp"

#include <gmock/gmock.h>

#include "netmodel/random_streams.hpp"

namespace gradwire {
namespace {

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ns;
using testing::HasSubstr;

template <typename Parse>
std::string error_of(Parse parse, std::string_view text) {
  try {
    parse(text);
  } catch (const UnitError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Units, ReadsEveryKindExactly) {
  EXPECT_EQ(parse_duration("200us"), 200us);
  EXPECT_EQ(parse_duration("1.5ms"), 1500us);
  EXPECT_EQ(parse_duration("2min"), 2min);
  EXPECT_EQ(parse_bytes("64KiB"), Bytes{65536});
  EXPECT_EQ(parse_bytes("25MB"), Bytes{25'000'000});
  EXPECT_EQ(parse_rate("10Mbit"), BitsPerSecond{10'000'000});
  EXPECT_EQ(parse_rate("1.5Gbit/s"), BitsPerSecond{1'500'000'000});
  EXPECT_EQ(parse_rate("1Gbps"), BitsPerSecond{1'000'000'000});
  EXPECT_DOUBLE_EQ(parse_percentage("1%"), 0.01);
  EXPECT_DOUBLE_EQ(parse_percentage("0.5%"), 0.005);
  EXPECT_DOUBLE_EQ(parse_flops("50Gflops"), 50e9);
}

TEST(Units, RefusesABareNumberAndSaysWhatToWrite) {
  EXPECT_EQ(error_of(parse_duration, "200"),
            "'200' has no unit; write e.g. 200us (units: ns, us, ms, s, min, h)");
  EXPECT_THAT(error_of(parse_rate, "10"), HasSubstr("'10' has no unit; write e.g. 10Mbit"));
  EXPECT_THAT(error_of(parse_bytes, "64"), HasSubstr("has no unit"));
  EXPECT_THAT(error_of(parse_percentage, "0.1"), HasSubstr("is not a percentage"));
}

TEST(Units, RefusesWhatItCannotRepresent) {
  EXPECT_THAT(error_of(parse_duration, "0.5ns"), HasSubstr("not a whole number of ns"));
  EXPECT_THAT(error_of(parse_rate, "10Mb"), HasSubstr("unknown unit 'Mb'"));
  EXPECT_THAT(error_of(parse_rate, "-1Mbit"), HasSubstr("does not begin with a number"));
  EXPECT_THAT(error_of(parse_bytes, "99999999999TB"), HasSubstr("too large"));
  EXPECT_THAT(error_of(parse_bytes, ""), HasSubstr("does not begin with a number"));
}

TEST(Units, RefusesASecondNumberInsteadOfDroppingIt) {
  EXPECT_THAT(error_of(parse_rate, "1 000Mbit"), HasSubstr("unknown unit '000Mbit'"));
  EXPECT_THAT(error_of(parse_rate, "1.2.3Mbit"), HasSubstr("unknown unit '.3Mbit'"));
  EXPECT_THAT(error_of(parse_duration, "1. 5ms"), HasSubstr("unknown unit '5ms'"));
  EXPECT_THAT(error_of(parse_bytes, "10..5MB"), HasSubstr("unknown unit '.5MB'"));
  EXPECT_THAT(error_of(parse_flops, "1 0Gflops"), HasSubstr("unknown unit '0Gflops'"));
}

TEST(Units, PrintsWhatItReadsBack) {
  for (const char* text : {"200us", "1.5ms", "1ns", "90s", "1.234567891s"}) {
    EXPECT_EQ(parse_duration(to_string(parse_duration(text))), parse_duration(text)) << text;
  }
  EXPECT_EQ(to_string(Duration(1500us)), "1.5ms");
  EXPECT_EQ(to_string(BitsPerSecond{1'500'000'000}), "1.5Gbit");
  EXPECT_EQ(to_string(BitsPerSecond{10'000'000}), "10Mbit");
  EXPECT_EQ(to_string(Bytes{65536}), "64KiB");
  EXPECT_EQ(to_string(Duration(0)), "0ns");
}

TEST(RandomStreams, AreFixedByPurposeAndIndexAlone) {
  const RandomStreams streams(7);
  EXPECT_EQ(streams.stream("weights", 3)(), RandomStreams(7).stream("weights", 3)());
  EXPECT_NE(streams.stream("weights", 3)(), streams.stream("weights", 4)());
  EXPECT_NE(streams.stream("weights", 3)(), streams.stream("shuffle", 3)());
  EXPECT_NE(streams.stream("weights", 3)(), RandomStreams(8).stream("weights", 3)());
  EXPECT_NE(streams.stream("shuffle", 1, 2)(), streams.stream("shuffle", 2, 1)());
}

}  // namespace
}  // namespace gradwire
