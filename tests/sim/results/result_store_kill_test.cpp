// Whatever ends the program, finished repeats are there whole, and nothing of any other.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "sim/results/result_store.hpp"
#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

constexpr int kPoints = 4;
// Makes a transaction of some hundred pages, so that a kill lands inside one.
constexpr int kRowsPerRepeat = 400;

// The body of the child: adds what is missing, and tells by a byte that add() has returned.
[[noreturn]] void add_until_killed(const std::filesystem::path& folder, int report) {
  ResultStore store = ResultStore::open(folder, example_run());
  for (int i = 0;; ++i) {
    if (store.has(i % kPoints, i / kPoints)) continue;
    store.add(example_result(i % kPoints, i / kPoints, kRowsPerRepeat));
    if (::write(report, "+", 1) != 1) ::_exit(1);
  }
}

// Runs the child until it has added `count` repeats, and kills it `delay` later; returns how many
// it reported.
int add_and_kill(const std::filesystem::path& folder, int count, std::chrono::microseconds delay) {
  std::array<int, 2> report{};
  EXPECT_EQ(::pipe(report.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) add_until_killed(folder, report[1]);
  ::close(report[1]);
  int added = 0;
  char byte = 0;
  while (added < count && ::read(report[0], &byte, 1) == 1) ++added;
  std::this_thread::sleep_for(delay);
  ::kill(child, SIGKILL);
  while (::read(report[0], &byte, 1) == 1) ++added;
  ::close(report[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, with status " << status;
  return added;
}

TEST(ResultStoreKill, FinishedRepeatsSurviveAndNoOtherAppears) {
  const TemporaryFolder folder;
  int reported = 0;
  for (int round = 0; round < 12; ++round) {
    reported += add_and_kill(folder.path(), 1 + round % 3, std::chrono::microseconds(701 * round));
    const std::vector<RepeatResult> found = ResultStore::open_existing(folder.path()).repeats();
    ASSERT_GE(std::ssize(found), reported);
    // A child may be killed between its commit and its report: one more a round at most.
    ASSERT_LE(std::ssize(found), reported + round + 1);
    for (const RepeatResult& result : found) {
      ASSERT_EQ(result, example_result(result.point, result.repeat, kRowsPerRepeat));
    }
  }
}

TEST(ResultStoreKill, AFolderThatWasLockedByAKilledProcessIsFree) {
  const TemporaryFolder folder;
  add_and_kill(folder.path(), 1, std::chrono::microseconds(0));
  EXPECT_TRUE(ResultStore::open(folder.path(), example_run()).has(0, 0));
}

}  // namespace
}  // namespace gradwire
