#include "netmodel/dynamics/rate_trace.hpp"

#include <cstdlib>
#include <fstream>

#include "tests/netmodel/dynamics/dynamics_fixture.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr BitsPerSecond kMbit{1'000'000};

class RateTrace : public DynamicsTest {
 protected:
  std::filesystem::path file(const std::string& text) {
    const auto name = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::path path =
        std::filesystem::path(testing::TempDir()) / ("gradwire-" + std::string(name) + ".trace");
    std::ofstream(path) << text;
    files_.push_back(path);
    return path;
  }
  void TearDown() override {
    for (const auto& path : files_) std::filesystem::remove(path);
  }
  std::string error_of(const std::string& text) {
    const auto path = file(text);
    try {
      check_trace(path, kMbit);
    } catch (const TraceError& error) {
      std::string what = error.what();
      EXPECT_TRUE(what.starts_with(path.string())) << what;
      return what.substr(path.string().size());
    }
    return "";
  }
  void follow(const std::string& text, bool loop, Duration at = 0s) {
    start({.events = {}, .traces = {{{up(0)}, file(text), kMbit, at, loop}}, .background = {}});
  }

  std::vector<std::filesystem::path> files_;
};

TEST_F(RateTrace, ReadsTheFormsThatThereAre) {
  TraceReader reader(file("# seconds, rate\n595.0\t2.5\r\n\n596.5, 800kbit\n  600 0\n"), kMbit);
  const auto first = reader.next();
  EXPECT_EQ(first->at, 0s);
  EXPECT_EQ(first->rate, BitsPerSecond{2'500'000});
  const auto second = reader.next();
  EXPECT_EQ(second->at, 1500ms);
  EXPECT_EQ(second->rate, BitsPerSecond{800'000});
  const auto third = reader.next();
  EXPECT_EQ(third->at, 5s);
  EXPECT_EQ(third->rate, BitsPerSecond{0});
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.end(), 8500ms);  // the last rate holds for 3.5 s, as the one before
}

TEST_F(RateTrace, SaysInWhichLineItIsWrong) {
  EXPECT_THAT(error_of("0 1\n1\n"), HasSubstr(":2: does not have two fields; allowed: a time"));
  EXPECT_THAT(error_of("0 1\n\n1 2 3\n"), HasSubstr(":3: does not have two fields"));
  EXPECT_THAT(error_of("0 1\n5 1\n5 2\n"), HasSubstr(":3: is not later than the line before"));
  EXPECT_THAT(error_of("soon 1\n"), HasSubstr(":1: 'soon' is no time in seconds"));
  EXPECT_THAT(error_of("0 -1\n"), HasSubstr(":1: -1 is out of range"));
  EXPECT_THAT(error_of("0 9Tbit\n"), HasSubstr(":1: 9Tbit is out of range"));
  EXPECT_THAT(error_of("0 5Mb\n"), HasSubstr(":1: "));
  EXPECT_THAT(error_of("0 nan\n"), HasSubstr(":1: "));
  EXPECT_THAT(error_of("# nothing\n"), HasSubstr(": no line has a rate above 0"));
  EXPECT_THAT(error_of("0 0\n1 0\n"), HasSubstr(": no line has a rate above 0"));
  EXPECT_EQ(error_of("0 1\n"), "");
  EXPECT_THROW(check_trace("/nowhere/at.all", kMbit), TraceError);
}

// 10 Mbit/s for 50 ms, nothing for 50 ms, 5 Mbit/s from then on: 71.12 ms of the full rate are left
// and take twice as long.
TEST_F(RateTrace, ALinkFollowsItsTrace) {
  follow("0 10\n0.05 0\n0.1 5\n", false);
  const MessageTimes& times = message(0s, 0, 1);
  run();
  EXPECT_EQ(times.left, TimePoint(100ms + 142'240us));
}

// A pass takes 20 ms, 10 ms of them at 10 Mbit/s. 12 whole passes carry 120 ms of the message, and
// the 13th the last 1.12 ms; it begins at 1 s.
TEST_F(RateTrace, ALoopBeginsAgain) {
  follow("7 10\n7.01 0\n", true, 1s);
  start({.events = {{0s, {}, SetLinks{{up(0)}, {.rate = BitsPerSecond{0}}}}},
         .traces = std::move(spec_.traces),
         .background = {}});
  const MessageTimes& times = message(0s, 0, 1);
  stop_at(5s);
  run();
  EXPECT_EQ(times.left, TimePoint(1s + 240ms + 1'120us));
}

TEST_F(RateTrace, RealTracesCanBeRead) {
  const char* data = std::getenv("GRADWIRE_DATA");
  if (data == nullptr) GTEST_SKIP() << "GRADWIRE_DATA is not set";
  const auto folder = std::filesystem::path(data) / "netcorpus" / "traces";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " does not exist";
  int traces = 0;
  for (const char* collection : {"fcc", "hsdpa-norway-3g"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder / collection)) {
      EXPECT_GT(check_trace(entry.path(), kMbit), 10s) << entry.path();
      ++traces;
    }
  }
  EXPECT_GE(traces, 180);
}

}  // namespace
}  // namespace gradwire
