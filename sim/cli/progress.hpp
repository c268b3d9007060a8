// How far a sweep has come, on standard error: a bar with the time left on a terminal, a line for
// each repeat elsewhere.
#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>

#include "sim/results/repeat_result.hpp"
#include "sim/scenario/plan.hpp"

namespace gradwire {

class Progress {
 public:
  /// `title` begins each line; `done` of `total` repeats are finished already.
  Progress(std::string title, const Plan& plan, int done, int total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void finished(const RepeatResult& result);

  /// Repeats that are finished, those from before included.
  int done() const { return done_; }

  /// Says what is finished and how to go on, and nothing after that. May be called from another
  /// thread than finished().
  void interrupted(const std::filesystem::path& folder);

 private:
  void draw() const;
  std::string time_left() const;

  std::string title_;
  const Plan& plan_;
  int done_before_;
  int done_;
  int total_;
  bool on_terminal_;
  std::mutex mutex_;  // between finished() and interrupted()
  bool interrupted_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace gradwire
