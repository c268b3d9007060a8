// Programs that this one starts: to wait for, or beside it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "netmodel/units.hpp"

namespace gradwire {

/// How a program ended.
struct Ending {
  int exit_code = 0;  ///< 0 when a signal ended it
  int signal = 0;     ///< 0 when it ended by itself

  bool succeeded() const { return exit_code == 0 && signal == 0; }
};

/// "exit code 3", "signal 9 (Killed)".
std::string to_string(const Ending& ending);

struct Finished {
  Ending ending;
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
  bool timed_out = false;
};

/// Runs a program (found in PATH) to its end, with nothing on standard input. Past the time limit
/// it and what it has started is killed. Throws system_error when it cannot be started.
Finished run_command(const std::vector<std::string>& command, Duration limit);

/// A program beside this one, in a process group of its own, so that Ctrl-C on a terminal does not
/// reach it; its output goes to a file. Killed, with its group, when this goes.
class Process {
 public:
  /// Throws system_error.
  Process(const std::vector<std::string>& command, const std::filesystem::path& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// How it ended; none while it runs. Does not wait.
  const std::optional<Ending>& ending();
  /// Waits for the end.
  Ending wait();
  void kill();

 private:
  pid_t id_ = 0;
  std::optional<Ending> ending_;
};

}  // namespace gradwire
