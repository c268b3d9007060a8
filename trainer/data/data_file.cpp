#include "trainer/data/data_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gradwire {
namespace {

gzFile open_regular(const std::filesystem::path& path) {
  // A pipe or a device would block, or never end.
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!error && std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fail_at(path, 0, "cannot be read: not a regular file");
  }
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    throw DataError(fmt::format("{}: cannot be opened: {}", path.string(), std::strerror(errno)));
  }
  return file;
}

}  // namespace

void fail_at(const std::filesystem::path& path, std::int64_t offset, const std::string& problem) {
  throw DataError(fmt::format("{}: offset {}: {}", path.string(), offset, problem));
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string safe(text.substr(0, longest));
  for (char& c : safe) {
    if (c < ' ' || c > '~') c = '?';
  }
  return safe;
}

DataFile::DataFile(std::filesystem::path path)
    : path_(std::move(path)), file_(open_regular(path_), gzclose) {}

std::int64_t DataFile::offset() const { return gztell(file_.get()); }

void DataFile::read(std::span<std::uint8_t> bytes, std::string_view what) {
  const int done = gzread(file_.get(), bytes.data(), static_cast<unsigned>(bytes.size()));
  if (done == static_cast<int>(bytes.size())) return;
  check_stream();
  fail_at(path_, offset(), fmt::format("the file ends within {}", what));
}

std::vector<std::uint8_t> DataFile::read_bytes(std::size_t size, std::string_view what) {
  constexpr std::size_t kFirstStep = std::size_t{1} << 20;
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < size) {
    const std::size_t done = bytes.size();
    const std::size_t step = std::min(size - done, std::max(done, kFirstStep));
    bytes.resize(done + step);
    read(std::span(bytes).subspan(done), what);
  }
  return bytes;
}

std::string DataFile::read_all() {
  constexpr std::size_t kStep = std::size_t{1} << 16;
  std::string all;
  for (;;) {
    const std::size_t done = all.size();
    all.resize(done + kStep);
    const int read = gzread(file_.get(), all.data() + done, kStep);
    all.resize(done + static_cast<std::size_t>(std::max(read, 0)));
    if (read < static_cast<int>(kStep)) break;
    if (all.size() > kDataFileMax) {
      fail_at(path_, offset(), fmt::format("too long; allowed: {} bytes", kDataFileMax));
    }
  }
  check_stream();
  return all;
}

void DataFile::expect_end() {
  const std::int64_t at = offset();
  std::uint8_t byte = 0;
  if (gzread(file_.get(), &byte, 1) == 1) {
    fail_at(path_, at, "more data than the header declares");
  }
  check_stream();
}

void DataFile::check_stream() {
  int code = Z_OK;
  const char* message = gzerror(file_.get(), &code);
  if (code == Z_BUF_ERROR) fail_at(path_, offset(), "the gzip stream is cut off");
  if (code == Z_ERRNO) fail_at(path_, offset(), fmt::format("cannot be read: {}", message));
  if (code != Z_OK) {
    // zlib puts the path before its message.
    const std::string prefix = path_.string() + ": ";
    std::string_view reason = message;
    if (reason.starts_with(prefix)) reason.remove_prefix(prefix.size());
    fail_at(path_, offset(), fmt::format("the gzip stream is damaged: {}", reason));
  }
}

}  // namespace gradwire
