// Downloads public data sets, checked against their published checksums.
//
// What is known of a data set is a value, a row of a table (catalogue.hpp); what downloads it knows
// none by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gradwire {

/// A download that failed; what() names the file, and for every mirror what went wrong there.
class FetchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct RemoteFile {
  std::string name;       ///< below a mirror's URL, and in the folder
  std::int64_t bytes;     ///< exact size
  std::string algorithm;  ///< of the checksum: "sha256" or "md5"
  std::string checksum;   ///< lower-case hexadecimal digits
};

struct RemoteDataset {
  std::string name;                  ///< "mnist": what the user asks for
  std::vector<std::string> mirrors;  ///< URLs of folders, tried in this order
  std::vector<RemoteFile> files;
};

struct FetchOptions {
  /// Where the files go; made if it is missing.
  std::filesystem::path to;
  /// URLs of folders to try instead of the data set's own, where those cannot be reached.
  std::vector<std::string> mirrors;
  /// How long a mirror may take to answer, and a download to stand still, before the next is tried.
  std::chrono::seconds stall_timeout{30};
  /// Told a line when a file is there, was downloaded, or failed at one mirror.
  std::function<void(const std::string& line)> report;
};

/// What fetch() found and did.
struct FetchResult {
  int downloaded = 0;
  int already_there = 0;
};

/// Brings every file of the data set into the folder. A file that is there with the right checksum
/// stays; one that is wrong is replaced. A file appears under its name only when it is complete and
/// right. Throws FetchError when no mirror delivers a file, or the folder cannot be written;
/// std::invalid_argument for a mirror that is no http, https or file URL.
FetchResult fetch(const RemoteDataset& dataset, const FetchOptions& options);

}  // namespace gradwire
