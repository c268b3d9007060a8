// Example runs and repeats, and a folder for them, for the tests of the result store.
#pragma once

#include <filesystem>
#include <string>

#include "sim/results/repeat_result.hpp"
#include "sim/results/run_description.hpp"

namespace gradwire {

/// Two node counts x two bandwidths: points 0 to 3, two repeats of each.
RunDescription example_run();

/// A run that sweeps nothing: one point.
RunDescription example_run_without_sweep();

/// A repeat with something in every field, all derived from point and repeat; `rows` nodes, epochs,
/// links and hashes.
RepeatResult example_result(int point, int repeat, int rows = 2);

/// A new folder, removed with all in it when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& text);

/// The what() of the Error that the action throws; empty if it throws none.
template <typename Error, typename Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace gradwire
