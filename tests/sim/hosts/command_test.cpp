#include "sim/hosts/command.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <system_error>

#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

constexpr Duration kPlenty = std::chrono::seconds(60);

Finished run_shell(const std::string& script, Duration limit = kPlenty) {
  return run_command({"sh", "-c", script}, limit);
}

TEST(RunCommand, OutputErrorsAndExitCode) {
  const Finished finished = run_shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(finished.output, "out\n");
  EXPECT_EQ(finished.errors, "err\n");
  EXPECT_EQ(finished.ending.exit_code, 3);
  EXPECT_FALSE(finished.ending.succeeded());
  EXPECT_FALSE(finished.timed_out);
  EXPECT_EQ(to_string(finished.ending), "exit code 3");
}

TEST(RunCommand, MoreOutputThanAPipeHolds) {
  const Finished finished = run_shell("yes | head -c 1000000; yes | head -c 1000000 >&2");
  EXPECT_EQ(finished.output.size(), 1'000'000U);
  EXPECT_EQ(finished.errors.size(), 1'000'000U);
  EXPECT_TRUE(finished.ending.succeeded());
}

TEST(RunCommand, ASignal) {
  const Finished finished = run_shell("kill -KILL $$");
  EXPECT_EQ(finished.ending.signal, SIGKILL);
  EXPECT_EQ(to_string(finished.ending), "signal 9 (Killed)");
}

TEST(RunCommand, PastTheLimitEverythingIsKilled) {
  const Finished finished =
      run_shell("sleep 1000 & echo started; wait", std::chrono::milliseconds(300));
  EXPECT_TRUE(finished.timed_out);
  EXPECT_EQ(finished.ending.signal, SIGKILL);
}

TEST(RunCommand, WhatDoesNotExist) {
  EXPECT_THROW(run_command({"gradwire-no-such-program"}, kPlenty), std::system_error);
}

TEST(Process, WritesToItsLogAndEnds) {
  const TemporaryFolder folder;
  const auto log = folder.path() / "log";
  Process process({"sh", "-c", "echo out; echo err >&2; exit 4"}, log);
  EXPECT_EQ(process.wait().exit_code, 4);
  EXPECT_EQ(process.ending()->exit_code, 4);
  EXPECT_EQ(read_file(log), "out\nerr\n");
}

TEST(Process, IsKilledWithItsGroupWhenItGoes) {
  const TemporaryFolder folder;
  const auto log = folder.path() / "log";
  {
    Process process({"sh", "-c", "sleep 1000 & echo $!; wait"}, log);
    while (!read_file(log).ends_with('\n')) EXPECT_FALSE(process.ending());
  }
  const pid_t child = std::stoi(read_file(log));
  // The child is nobody's now: whoever adopts it also buries it.
  while (::kill(child, 0) == 0) {
    std::ifstream state("/proc/" + std::to_string(child) + "/stat");
    std::string id;
    std::string name;
    std::string letter;
    state >> id >> name >> letter;
    if (letter == "Z") break;
  }
}

}  // namespace
}  // namespace gradwire
