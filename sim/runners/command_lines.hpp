// What a program of the user's own is told, and what it says: environment variables as torchrun and
// TensorFlow give them, and lines of its output
//
//   gradwire: key=value key=value ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/hosts/host_plan.hpp"

namespace gradwire {

/// RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, TF_CONFIG (rank 0 is the chief),
/// GLOO_SOCKET_IFNAME and NCCL_SOCKET_IFNAME of a host, as "NAME=value".
std::vector<std::string> rank_environment(const HostPlan& plan, std::size_t rank);

/// The keys and values of a line of the protocol; none for any other line. Words without '=', or
/// with nothing before it, are passed over.
std::vector<std::pair<std::string, std::string>> metrics_of(std::string_view line);

/// The lines of a file that grows.
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
  /// The lines that have been finished since the last call; with `ended` also one that nobody will
  /// finish. Throws system_error.
  std::vector<Line> next(bool ended = false);
  /// The last line that was not empty, cut to 200 bytes; empty if there was none.
  const std::string& last_words() const { return last_words_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  void add(std::vector<Line>& lines, std::string text);

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::string unfinished_;
  std::int64_t lines_ = 0;
  std::string last_words_;
};

}  // namespace gradwire
