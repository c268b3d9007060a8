// Reads a file of a data set from its beginning, and says exactly where one is wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/data/dataset.hpp"

struct gzFile_s;

namespace gradwire {

/// What one file may hold or declare; the images of MNIST's largest relative, EMNIST, take 0.6 GB.
inline constexpr std::uint64_t kDataFileMax = std::uint64_t{1} << 30;

/// Throws the DataError "path: offset N: problem".
[[noreturn]] void fail_at(const std::filesystem::path& path, std::int64_t offset,
                          const std::string& problem);

/// What a file says, fit for a message of one line: cut to so many bytes, every byte that is not
/// printable ASCII as "?".
std::string printable(std::string_view text, std::size_t longest = 60);

/// A regular file, decompressed on the way if it is in gzip format; offsets are those of the
/// decompressed data. Everything throws DataError.
class DataFile {
 public:
  explicit DataFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::int64_t offset() const;

  /// Fills `bytes`; `what` is named when the file ends before.
  void read(std::span<std::uint8_t> bytes, std::string_view what);

  /// `size` bytes. Grows with what is there, so that a file cannot claim memory with its header.
  std::vector<std::uint8_t> read_bytes(std::size_t size, std::string_view what);

  /// All that is left, at most kDataFileMax.
  std::string read_all();

  /// The end of the data, and of a gzip stream with its checksum.
  void expect_end();

 private:
  void check_stream();

  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile_s*)> file_;
};

}  // namespace gradwire
