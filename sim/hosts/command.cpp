#include "sim/hosts/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <system_error>

namespace gradwire {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

// A pipe whose ends no program inherits by accident.
struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_end(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }

  std::array<int, 2> ends{-1, -1};
};

// What posix_spawn is told: a group of its own, signals as they are by default, no input.
class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  pid_t spawn(const std::vector<std::string>& command) const {
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t id = 0;
    const int error = ::posix_spawnp(&id, words[0], &actions, &attributes, words.data(), environ);
    if (error != 0) fail(error, fmt::format("cannot start {}", command.front()));
    return id;
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

Ending ending_of(int status) {
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

Ending wait_for(pid_t id) {
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  return ending_of(status);
}

// Reads both pipes until everybody has closed them; false when the time is up.
bool read_until(Pipe& out, Pipe& err, Finished& into,
                std::chrono::steady_clock::time_point deadline) {
  std::array<pollfd, 2> open{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
  const std::array<std::string*, 2> texts{&into.output, &into.errors};
  std::array<char, 65'536> buffer{};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    if (::poll(open.data(), open.size(), static_cast<int>(left.count()) + 1) <= 0) continue;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i].fd < 0 || open[i].revents == 0) continue;
      const ssize_t size = ::read(open[i].fd, buffer.data(), buffer.size());
      if (size > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(size));
      } else {
        open[i].fd = -1;
      }
    }
  }
  return true;
}

}  // namespace

std::string to_string(const Ending& ending) {
  if (ending.signal == 0) return fmt::format("exit code {}", ending.exit_code);
  return fmt::format("signal {} ({})", ending.signal, ::strsignal(ending.signal));
}

Finished run_command(const std::vector<std::string>& command, Duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  Finished finished;
  Pipe out;
  Pipe err;
  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, err.ends[1], STDERR_FILENO);
  const pid_t id = settings.spawn(command);
  out.close_end(1);
  err.close_end(1);
  if (!read_until(out, err, finished, deadline)) {
    finished.timed_out = true;
    ::kill(-id, SIGKILL);
  }
  finished.ending = wait_for(id);
  return finished;
}

Process::Process(const std::vector<std::string>& command, const std::filesystem::path& log) {
  SpawnSettings settings;
  posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&settings.actions, STDOUT_FILENO, STDERR_FILENO);
  id_ = settings.spawn(command);
}

Process::~Process() {
  kill();
  wait();
}

const std::optional<Ending>& Process::ending() {
  if (!ending_) {
    int status = 0;
    if (::waitpid(id_, &status, WNOHANG) == id_) ending_ = ending_of(status);
  }
  return ending_;
}

Ending Process::wait() {
  if (!ending_) ending_ = wait_for(id_);
  return *ending_;
}

void Process::kill() {
  if (!ending_) ::kill(-id_, SIGKILL);
}

}  // namespace gradwire
