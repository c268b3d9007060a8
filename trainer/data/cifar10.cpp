#include "trainer/data/cifar10.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>

#include "netmodel/check.hpp"
#include "trainer/data/data_file.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

constexpr SampleShape kShape = {3, 32, 32};
constexpr std::int64_t kPixels = std::int64_t{3} * 32 * 32;
constexpr std::int64_t kRecord = 1 + kPixels;
constexpr int kClasses = 10;

void add_parts(const fs::path& folder, std::string_view prefix, std::vector<fs::path>& parts,
               std::vector<fs::path>& folders) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code unknown;
    if (entry->is_directory(unknown)) {
      folders.push_back(entry->path());
    } else if (name.starts_with(prefix) && name.ends_with(".bin")) {
      parts.push_back(entry->path());
    }
  }
  if (error) {
    throw DataError(fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  }
}

// The files of a split, in the order of their names.
std::vector<fs::path> parts_of(const fs::path& folder, std::string_view prefix) {
  std::vector<fs::path> parts;
  std::vector<fs::path> folders;
  std::vector<fs::path> deeper;
  add_parts(folder, prefix, parts, folders);
  for (const fs::path& below : folders) add_parts(below, prefix, parts, deeper);
  if (parts.empty()) {
    throw DataError(fmt::format("{}: no file {}*.bin in this folder", folder.string(), prefix));
  }
  std::ranges::sort(parts, {}, [](const fs::path& path) {
    return std::pair(path.filename().string(), path.string());
  });
  return parts;
}

std::int64_t records_of(const fs::path& part) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(part, error);
  if (error) throw DataError(fmt::format("{}: {}", part.string(), error.message()));
  if (bytes == 0 || bytes % kRecord != 0 || bytes > kDataFileMax) {
    const auto whole = static_cast<std::int64_t>(bytes - bytes % kRecord);
    fail_at(part, whole,
            fmt::format("{} bytes; allowed: a multiple of {}, at least one and at most {} bytes",
                        bytes, kRecord, kDataFileMax));
  }
  return static_cast<std::int64_t>(bytes) / kRecord;
}

Split read_split(const fs::path& folder, std::string_view prefix,
                 std::optional<std::int64_t> limit) {
  CHECK(!limit || *limit >= 1, "a limit of {}", *limit);
  Split split{.shape = kShape,
              .classes = kClasses,
              .scale = {kCifar10Scale.begin(), kCifar10Scale.end()},
              .pixels = {},
              .labels = {}};
  for (const fs::path& part : parts_of(folder, prefix)) {
    std::int64_t wanted = records_of(part);
    if (limit) wanted = std::min(wanted, *limit - split.size());
    if (wanted == 0) break;
    DataFile file(part);
    for (std::int64_t i = 0; i < wanted; ++i) {
      const std::int64_t at = file.offset();
      const std::size_t done = split.pixels.size();
      std::uint8_t label = 0;
      file.read({&label, 1}, "a record");
      if (label >= kClasses) {
        fail_at(part, at, fmt::format("label {}; allowed: 0 to {}", label, kClasses - 1));
      }
      split.labels.push_back(label);
      split.pixels.resize(done + kPixels);
      file.read(std::span(split.pixels).subspan(done), "a record");
    }
  }
  if (limit && split.size() < *limit) {
    throw DataError(fmt::format("{}: {} samples in {}*.bin, but {} are wanted", folder.string(),
                                split.size(), prefix, *limit));
  }
  return split;
}

}  // namespace

Dataset load_cifar10(const fs::path& folder, std::optional<std::int64_t> train_limit,
                     std::optional<std::int64_t> test_limit) {
  if (!fs::is_directory(folder)) {
    throw DataError(fmt::format("{}: no such folder", folder.string()));
  }
  return {.name = "cifar10",
          .train = read_split(folder, "data_batch", train_limit),
          .test = read_split(folder, "test_batch", test_limit)};
}

}  // namespace gradwire
