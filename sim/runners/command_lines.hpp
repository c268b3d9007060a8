// What a program of the user's own is told, and what it says: environment variables as torchrun and
// TensorFlow give them, and lines of its output
//
//   gradwire: key=value key=value ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/hosts/host_plan.hpp"

namespace gradwire {

/// RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, TF_CONFIG (rank 0 is the chief),
/// GLOO_SOCKET_IFNAME and NCCL_SOCKET_IFNAME of a host, as "NAME=value".
std::vector<std::string> rank_environment(const HostPlan& plan, std::size_t rank);

using Metrics = std::vector<std::pair<std::string, std::string>>;

/// The keys and values of a line of the protocol; none for any other line. Words without '=', or
/// with nothing before it, are passed over. Both are printable, a key cut to 60 bytes and a value
/// to 200.
Metrics metrics_of(std::string_view line);

/// The `seconds` of a line that reports a step; none if they are no number from 0 to 86400.
std::optional<double> step_seconds(std::string_view value);

/// What is wrong with a line of rank 0: "seconds=-1; allowed: ..."; empty if nothing is.
std::string problem_of(const Metrics& line);

/// The lines of the protocol in a file that grows, however fast it does.
class GrowingFile {
 public:
  explicit GrowingFile(std::filesystem::path file);
  ~GrowingFile();
  GrowingFile(GrowingFile&& other) noexcept;
  GrowingFile& operator=(GrowingFile&&) = delete;

  struct Line {
    std::int64_t number = 0;  ///< in the file, from 1
    std::string text;         ///< without its line feed
  };
  /// Reads on, but no more than 1 MiB: the lines of the protocol that end there, each cut to 64
  /// KiB. Throws system_error.
  std::vector<Line> next();
  /// Likewise, to what is the end of the file at the first call; the last line may be unfinished.
  /// To be called until is_read().
  std::vector<Line> rest();
  /// Whether rest() has come to the end.
  bool is_read() const { return end_ && offset_ >= *end_; }
  /// The last line that was not empty, printable and cut to 200 bytes; empty if there was none.
  std::string last_words() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::int64_t size() const;
  std::vector<Line> read_to(std::int64_t end);
  void read_lines(std::string_view text, std::vector<Line>& lines);
  void end_line(std::string_view text, std::vector<Line>& lines);

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::unique_ptr<char[]> buffer_;
  std::int64_t offset_ = 0;
  std::optional<std::int64_t> end_;  // of what rest() reads
  std::string unfinished_;
  std::int64_t lines_ = 0;
  std::string last_words_;
};

}  // namespace gradwire
