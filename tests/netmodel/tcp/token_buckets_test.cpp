#include "netmodel/token_buckets.hpp"

#include <gtest/gtest.h>

namespace gradwire {
namespace {

using namespace std::chrono_literals;

// Link 0: 1 Mbit/s with a bucket of 8 000 bits; link 1: 10 Mbit/s with none; link 2: as link 0.
class TokenBucketsTest : public testing::Test {
 protected:
  static Link link(std::int64_t rate, std::int64_t burst) {
    Link link{.rate = {rate}};
    link.burst = {burst};
    return link;
  }
  std::int64_t passed_at_once(std::vector<ResourceId> route, std::int64_t bits, Duration when) {
    const std::int64_t passed = buckets_.start(route, bits, TimePoint(when));
    buckets_.end(route, TimePoint(when + Duration(1ms) * (bits - passed) / 1000));
    return passed;
  }

  const std::vector<Link> links_ = {link(1'000'000, 1000), link(10'000'000, 0),
                                    link(1'000'000, 1000)};
  TokenBuckets buckets_{links_};
};

TEST_F(TokenBucketsTest, AFullBucketPassesAtOnceAndTheRestAtItsRate) {
  EXPECT_TRUE(buckets_.any());
  EXPECT_EQ(passed_at_once({0}, 20'000, 0s), 8'000);
}

// Empty at 12 ms; 5 ms later 5 000 bits are in it again, and after 8 ms more no more than 8 000.
TEST_F(TokenBucketsTest, ABucketFillsWhileItsLinkIsIdle) {
  EXPECT_EQ(passed_at_once({0}, 20'000, 0s), 8'000);
  EXPECT_EQ(passed_at_once({0}, 20'000, 17ms), 5'000);
  EXPECT_EQ(passed_at_once({0}, 20'000, 1s), 8'000);
}

// 3 000 of 8 000 bits are used; the next 8 000 find the other 5 000.
TEST_F(TokenBucketsTest, WhatASmallMessageLeavesIsForTheNext) {
  EXPECT_EQ(passed_at_once({0}, 3'000, 0s), 3'000);
  EXPECT_EQ(passed_at_once({0}, 8'000, 0s), 5'000);
}

// The fast link needs 20 000 / 10 Mbit/s = 2 ms, the slow one (20 000 - 8 000) / 1 Mbit/s = 12 ms:
// that one decides. Of 8 100 bits the slow one passes 8 000 at once and needs 0.1 ms, the fast one
// 0.81 ms, in which the slow one would pass 810 bits: 7 290 are ahead of it.
TEST_F(TokenBucketsTest, TheOtherLinksOfTheRouteTakeTheirTime) {
  EXPECT_EQ(passed_at_once({0, 1}, 20'000, 0s), 8'000);
  EXPECT_EQ(passed_at_once({2, 1}, 8'100, 1s), 7'290);
}

// The second finds 5 000 of 8 000, the third nothing: the bucket does not fill while it is used.
TEST_F(TokenBucketsTest, FlowsThatShareALinkFindWhatOthersLeave) {
  const std::vector<ResourceId> route = {0};
  EXPECT_EQ(buckets_.start(route, 3'000, TimePoint(0s)), 3'000);
  EXPECT_EQ(buckets_.start(route, 20'000, TimePoint(0s)), 5'000);
  EXPECT_EQ(buckets_.start(route, 20'000, TimePoint(1ms)), 0);
}

TEST_F(TokenBucketsTest, WithoutBucketsThereIsNothingToDo) {
  EXPECT_FALSE(TokenBuckets(std::vector<Link>{link(1'000'000, 0)}).any());
}

}  // namespace
}  // namespace gradwire
