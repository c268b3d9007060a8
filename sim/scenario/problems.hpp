// Collects what is wrong with a scenario, so that one run of the program reports all of it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gradwire {

/// A scenario that cannot be used. what() is one line for each thing that is wrong, without a
/// newline at the end: "file:line: key: what is wrong; what is allowed", or "--set key: ..." when
/// the value came from an override.
class ScenarioError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The line number that stands for an override.
constexpr int kOverrideLine = 0;

/// The line number that stands for a default, which stands nowhere.
constexpr int kDefaultLine = -1;

/// "file:line", or "--set" for an override.
std::string place_text(std::string_view file, int line);

/// "file:line: key: problem" or "--set key: problem"; an empty key is left out. One line that does
/// nothing to a terminal, whatever the arguments hold.
std::string problem_text(std::string_view file, int line, std::string_view key,
                         std::string_view problem);

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  std::size_t count() const { return problems_.size(); }

  /// A problem of the file or of an override.
  void add(int line, std::string_view key, std::string_view problem);

  /// A problem of one point of the sweep, which `point` names. The same problem at several points
  /// is reported once, with the first of them.
  void add_at_point(int line, std::string_view key, std::string_view problem,
                    const std::string& point);

  /// Throws ScenarioError if there is a problem. `point_count`: how many points were looked at.
  void throw_if_any(std::size_t point_count = 0) const;

 private:
  struct Problem {
    std::string text;
    std::string first_point;
    std::size_t points = 0;
  };

  std::string file_;
  std::vector<Problem> problems_;
  std::unordered_map<std::string, std::size_t> at_points_;  // text to index in problems_
};

}  // namespace gradwire
