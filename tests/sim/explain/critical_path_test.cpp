// The chain that leads to the end of a step, on recordings made up by hand.
#include "sim/explain/critical_path.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr FlowLimit kUplink{FlowLimit::Kind::link, 0};
constexpr FlowLimit kRamp{FlowLimit::Kind::ramp, 0};

constexpr TimePoint at(Duration time) { return TimePoint(time); }

PathPiece limited(const FlowLimit& limit, Duration length) {
  return {{Cause::Kind::limit, limit}, length};
}
PathPiece piece(Cause::Kind kind, Duration length) { return {{kind, {}}, length}; }

struct Recording {
  std::vector<std::vector<WorkSpan>> work = std::vector<std::vector<WorkSpan>>(2);
  std::vector<FlowRecord> flows;

  FlowRecord& message(Rank from, Rank to, Duration handed, Duration left, Duration arrived) {
    FlowRecord& flow = flows.emplace_back();
    flow.from = from;
    flow.to = to;
    flow.handed = flow.turn = at(handed);
    flow.left = at(left);
    flow.arrived = at(arrived);
    flow.phases.push_back({kUplink, at(handed)});
    return flow;
  }
  std::vector<PathPiece> path(Rank rank, Duration begin, Duration end) const {
    return critical_path({work, flows}, rank, at(begin), at(end));
  }
};

// Rank 1 computes until 4 ms and sends until 9 ms; rank 0 computes until 3 ms, has the message at
// 10 ms, sums for 1 ms. Its own computing and sending are not on the path.
TEST(CriticalPath, LeadsToTheNodeThatOthersWaitedFor) {
  Recording r;
  r.work[0].push_back({at(0ms), at(3ms)});
  r.work[1].push_back({at(0ms), at(4ms)});
  r.work[0].push_back({at(10ms), at(11ms)});
  r.message(0, 1, 3ms, 5ms, 6ms);
  r.message(1, 0, 4ms, 9ms, 10ms);
  EXPECT_THAT(r.path(0, 0ms, 11ms),
              ElementsAre(piece(Cause::Kind::compute, 4ms), limited(kUplink, 5ms),
                          piece(Cause::Kind::latency, 1ms), piece(Cause::Kind::compute, 1ms)));
}

// What held a message back in turn, and the message before it on the same connection.
TEST(CriticalPath, GoesThroughTheMessageThatWasInFront) {
  Recording r;
  r.message(1, 0, 1ms, 4ms, 5ms).phases = {{kRamp, at(1ms)}, {kUplink, at(2ms)}};
  FlowRecord& second = r.message(1, 0, 1ms, 9ms, 10ms);
  second.turn = at(4ms);
  second.phases = {{kRamp, at(4ms)}};
  EXPECT_THAT(r.path(0, 1ms, 10ms),
              ElementsAre(limited(kRamp, 1ms), limited(kUplink, 2ms), limited(kRamp, 5ms),
                          piece(Cause::Kind::latency, 1ms)));
}

// A step of a collective may end as the own data has left.
TEST(CriticalPath, FollowsWhatANodeSends) {
  Recording r;
  r.message(0, 1, 2ms, 7ms, 8ms);
  r.work[0].push_back({at(0ms), at(2ms)});
  EXPECT_THAT(r.path(0, 0ms, 7ms),
              ElementsAre(piece(Cause::Kind::compute, 2ms), limited(kUplink, 5ms)));
}

TEST(CriticalPath, NothingRecordedIsIdle) {
  Recording r;
  r.work[0].push_back({at(2ms), at(3ms)});
  EXPECT_THAT(r.path(0, 1ms, 5ms),
              ElementsAre(piece(Cause::Kind::idle, 1ms), piece(Cause::Kind::compute, 1ms),
                          piece(Cause::Kind::idle, 2ms)));
  EXPECT_THAT(r.path(0, 5ms, 5ms), IsEmpty());
}

// The path ends where the step began, in the middle of whatever it is.
TEST(CriticalPath, IsCutAtTheBeginning) {
  Recording r;
  r.message(1, 0, 0ms, 9ms, 10ms);
  EXPECT_THAT(r.path(0, 6ms, 10ms),
              ElementsAre(limited(kUplink, 3ms), piece(Cause::Kind::latency, 1ms)));
}

// Messages that take no time, each of which could have caused the other, are followed once.
TEST(CriticalPath, EndsWhereNothingTakesTime) {
  Recording r;
  r.message(0, 1, 5ms, 5ms, 5ms);
  r.message(1, 0, 5ms, 5ms, 5ms);
  EXPECT_THAT(r.path(0, 1ms, 5ms), ElementsAre(piece(Cause::Kind::idle, 4ms)));
}

TEST(CriticalPath, SharesAreSummedAndSorted) {
  const std::vector<PathPiece> path = {piece(Cause::Kind::latency, 1ms), limited(kUplink, 2ms),
                                       piece(Cause::Kind::compute, 2ms), limited(kRamp, 3ms),
                                       piece(Cause::Kind::latency, 2ms)};
  EXPECT_THAT(shares_of(path),
              ElementsAre(piece(Cause::Kind::latency, 3ms), limited(kRamp, 3ms),
                          limited(kUplink, 2ms), piece(Cause::Kind::compute, 2ms)));
}

}  // namespace
}  // namespace gradwire
