// Bandwidth traces: files that say which rate a link has from when on.
//
//   # seconds, rate
//   0.0  2.132712
//   5.0, 1.12984
//   10.5 800kbit
//
// A line has a time in seconds and a rate, separated by a comma, spaces or tabs. A rate without a
// unit counts in the unit that the reader is given. Empty lines and those that begin with # are
// skipped. Times increase from line to line and count from that of the first one. The last rate
// holds as long as the one before it; then the trace is over.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

#include "netmodel/units.hpp"

namespace gradwire {

/// A trace that cannot be read: "file:line: what is wrong; what is allowed".
class TraceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a trace line by line: its length does not matter. Throws TraceError.
class TraceReader {
 public:
  struct Point {
    Duration at{};  ///< since the first line
    BitsPerSecond rate{};
  };

  TraceReader(std::filesystem::path file, BitsPerSecond unit);

  /// The next line; none at the end of the file.
  std::optional<Point> next();

  /// When the trace is over, once next() has returned none. Zero if it has one line only.
  Duration end() const;

  /// Begins anew.
  void rewind();

 private:
  Point parse(std::string_view text) const;
  [[noreturn]] void refuse(const std::string& text) const;

  std::filesystem::path file_;
  BitsPerSecond unit_;
  std::ifstream stream_;
  int line_ = 0;
  std::optional<Duration> first_;  // as the file counts
  std::optional<Duration> last_;   // since the first line
  Duration last_gap_{};
};

/// How long the trace is; reads all of it, and so finds what is wrong. Throws TraceError, also when
/// no line has a rate.
Duration check_trace(const std::filesystem::path& file, BitsPerSecond unit);

}  // namespace gradwire
