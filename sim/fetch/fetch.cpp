#include "sim/fetch/fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "sim/fetch/checksum.hpp"
#include "sim/fetch/download.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

std::string message_of(int error) { return std::generic_category().message(error); }

// A file under a temporary name in the folder where it will stay; removed unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target)
      : target_(target), name_((target.parent_path() / ".fetch-XXXXXX").string()) {
    file_ = mkostemp(name_.data(), O_CLOEXEC);
    if (file_ < 0) {
      throw FetchError(fmt::format("{}: no file can be made in this folder: {}",
                                   target.parent_path().string(), message_of(errno)));
    }
  }

  ~TemporaryFile() {
    close(file_);
    if (!kept_) unlink(name_.c_str());
  }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return file_; }
  const std::string& name() const { return name_; }

  // Gives the file its name, over what had it, and the permissions of an ordinary file.
  void keep() {
    const bool done = fchmod(file_, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0 &&
                      fsync(file_) == 0 && rename(name_.c_str(), target_.c_str()) == 0;
    if (!done) {
      throw FetchError(
          fmt::format("{}: cannot be put in place: {}", target_.string(), message_of(errno)));
    }
    kept_ = true;
  }

 private:
  fs::path target_;
  std::string name_;
  int file_ = -1;
  bool kept_ = false;
};

bool is_right(const fs::path& path, const RemoteFile& file) {
  std::error_code error;
  return fs::is_regular_file(path, error) &&
         fs::file_size(path, error) == static_cast<std::uintmax_t>(file.bytes) &&
         file_checksum(path, file.algorithm) == file.checksum;
}

std::string url_of(const std::string& mirror, const RemoteFile& file) {
  return mirror + (mirror.ends_with('/') ? "" : "/") + file.name;
}

// Returns what was wrong with this mirror's file, or nothing when it is in its place.
std::optional<std::string> fetch_from(const std::string& url, const RemoteFile& file,
                                      const FetchOptions& options) {
  TemporaryFile temporary(options.to / file.name);
  std::optional<std::string> problem;
  try {
    problem = download(url, temporary.descriptor(), file.bytes, options.stall_timeout);
  } catch (const std::system_error& error) {
    throw FetchError(fmt::format("{}: cannot be written: {}", (options.to / file.name).string(),
                                 error.code().message()));
  }
  if (problem) return problem;
  const std::string checksum = file_checksum(temporary.name(), file.algorithm);
  if (checksum != file.checksum) {
    return fmt::format("{} {} instead of {}", file.algorithm, checksum, file.checksum);
  }
  temporary.keep();
  return std::nullopt;
}

void fetch_from_any(const std::vector<std::string>& mirrors, const RemoteFile& file,
                    const FetchOptions& options) {
  std::string problems;
  for (const std::string& mirror : mirrors) {
    const std::string url = url_of(mirror, file);
    const std::optional<std::string> problem = fetch_from(url, file, options);
    if (!problem) {
      if (options.report) options.report(fmt::format("{}: downloaded from {}", file.name, url));
      return;
    }
    if (options.report) options.report(fmt::format("{}: {}: {}", file.name, url, *problem));
    problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", url, *problem);
  }
  throw FetchError(fmt::format("{}: no mirror delivered it: {}", file.name, problems));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    throw FetchError(fmt::format("{}: this folder cannot be made: {}", folder.string(),
                                 error ? error.message() : message_of(ENOTDIR)));
  }
}

}  // namespace

FetchResult fetch(const RemoteDataset& dataset, const FetchOptions& options) {
  const std::vector<std::string>& mirrors =
      options.mirrors.empty() ? dataset.mirrors : options.mirrors;
  for (const std::string& mirror : mirrors) {
    if (!is_downloadable(mirror)) {
      throw std::invalid_argument(
          fmt::format("mirror {}; allowed: a URL with http://, https:// or file://", mirror));
    }
  }
  make_folder(options.to);
  FetchResult result;
  for (const RemoteFile& file : dataset.files) {
    if (is_right(options.to / file.name, file)) {
      if (options.report) options.report(fmt::format("{}: already there", file.name));
      ++result.already_there;
    } else {
      fetch_from_any(mirrors, file, options);
      ++result.downloaded;
    }
  }
  return result;
}

}  // namespace gradwire
