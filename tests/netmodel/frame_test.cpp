#include "netmodel/frame.hpp"

#include <gmock/gmock.h>

#include <random>

namespace gradwire {
namespace {

using testing::HasSubstr;

constexpr Bytes kLimit{1 << 20};

std::string error_of(const FrameHeaderBytes& bytes) {
  try {
    decode(bytes, kLimit);
  } catch (const FrameError& error) {
    return error.what();
  }
  return "no error";
}

FrameHeaderBytes header_with(std::size_t at, int value) {
  FrameHeaderBytes bytes = encode({FrameKind::message, Tag{1}, Bytes{10}});
  bytes[at] = static_cast<std::byte>(value);
  return bytes;
}

// The table at the head of frame.hpp.
TEST(Frame, IsLaidOutAsDocumented) {
  const FrameHeaderBytes bytes =
      encode({FrameKind::timing_only, Tag{0x0102030405060708}, Bytes{0x0a0b}});
  const unsigned char expected[kFrameHeaderBytes] = {'G', 'W', 1, 2, 0,    0,    0, 0, 8, 7, 6, 5,
                                                     4,   3,   2, 1, 0x0b, 0x0a, 0, 0, 0, 0, 0, 0};
  EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(expected))));
}

TEST(Frame, DecodesWhatItEncodes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    FrameHeader header;
    header.kind = static_cast<FrameKind>(1 + random() % 3);
    header.tag = Tag{random()};
    const bool empty = header.kind == FrameKind::goodbye;
    header.length = {empty ? 0 : static_cast<std::int64_t>(random() % (kLimit.count + 1))};
    const FrameHeader decoded = decode(encode(header), kLimit);
    EXPECT_EQ(decoded.kind, header.kind);
    EXPECT_EQ(decoded.tag, header.tag);
    EXPECT_EQ(decoded.length, header.length);
  }
}

TEST(Frame, RefusesEveryFieldThatIsNotAsDocumented) {
  EXPECT_EQ(error_of(header_with(0, 'X')), "not a frame: it begins with bytes 0x58 0x57");
  EXPECT_THAT(error_of(header_with(1, 0)), HasSubstr("not a frame"));
  EXPECT_EQ(error_of(header_with(2, 2)), "frame version 2, expected 1");
  EXPECT_EQ(error_of(header_with(3, 0)), "unknown frame kind 0");
  EXPECT_EQ(error_of(header_with(3, 4)), "unknown frame kind 4");
  for (std::size_t at = 4; at < 8; ++at) {
    EXPECT_EQ(error_of(header_with(at, 1)), "reserved bytes are not zero");
  }
  EXPECT_EQ(error_of(header_with(3, 3)), "a goodbye with a payload");
  EXPECT_EQ(error_of(header_with(0, 'G')), "no error");
}

TEST(Frame, RefusesALengthOverTheLimit) {
  const auto of_length = [](std::int64_t length) {
    return error_of(encode({FrameKind::message, Tag{}, Bytes{length}}));
  };
  EXPECT_EQ(of_length(kLimit.count), "no error");
  EXPECT_EQ(of_length(kLimit.count + 1), "frame of 1048577 bytes, the limit is 1048576");
  EXPECT_EQ(of_length(1LL << 32), "frame of 4294967296 bytes, the limit is 1048576");
  // 2^63 and 2^64 - 1, which are negative as signed numbers.
  EXPECT_THAT(of_length(std::numeric_limits<std::int64_t>::min()),
              HasSubstr("frame of 9223372036854775808 bytes"));
  EXPECT_THAT(of_length(-1), HasSubstr("frame of 18446744073709551615 bytes"));
}

// Any 24 bytes are refused, or are what encode() makes of what they mean.
TEST(Frame, AcceptsNothingButItsOwnEncoding) {
  std::mt19937_64 random(7);
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    FrameHeaderBytes bytes = encode({FrameKind::message, Tag{random()}, Bytes{100}});
    for (std::uint64_t changes = random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << random() % 8);
    }
    try {
      EXPECT_EQ(encode(decode(bytes, kLimit)), bytes);
      ++accepted;
    } catch (const FrameError&) {
    }
  }
  EXPECT_GT(accepted, 10'000);
  EXPECT_LT(accepted, 90'000);
}

}  // namespace
}  // namespace gradwire
