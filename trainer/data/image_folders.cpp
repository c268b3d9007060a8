#include "trainer/data/image_folders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <system_error>
#include <tuple>
#include <vector>

#include "trainer/data/data_file.hpp"
#include "trainer/data/jpeg.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kClassesMax = 256;  // that fit into a label
constexpr std::uint64_t kPixelBytesMax = std::uint64_t{1} << 32;

// What is in a folder and wanted, by name.
std::vector<fs::path> entries(const fs::path& folder,
                              const std::function<bool(const fs::directory_entry&)>& is_wanted) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (is_wanted(*entry)) found.push_back(entry->path());
  }
  if (error) {
    throw DataError(fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> classes_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : entries(folder, [](const fs::directory_entry& entry) {
         std::error_code unknown;
         return entry.is_directory(unknown);
       })) {
    names.push_back(path.filename().string());
  }
  if (names.empty() || names.size() > kClassesMax) {
    throw DataError(fmt::format("{}: {} folders; allowed: 1 to {}, one a class", folder.string(),
                                names.size(), kClassesMax));
  }
  return names;
}

struct LabelledFile {
  std::size_t place;  // among the files of its class
  std::size_t label;
  fs::path path;
};

// One of each class in turn.
std::vector<LabelledFile> files_of(const fs::path& folder,
                                   const std::vector<std::string>& classes) {
  std::vector<LabelledFile> files;
  for (const std::string& name : classes_in(folder)) {
    const auto found = std::ranges::find(classes, name);
    if (found == classes.end()) {
      throw DataError(fmt::format("{}: a class that is not in train/", (folder / name).string()));
    }
    const std::vector<fs::path> pictures =
        entries(folder / name, [](const auto& entry) { return is_jpeg_name(entry.path()); });
    if (pictures.empty()) {
      throw DataError(fmt::format("{}: no file *.jpg in this folder", (folder / name).string()));
    }
    for (std::size_t place = 0; place < pictures.size(); ++place) {
      files.push_back({place, static_cast<std::size_t>(found - classes.begin()), pictures[place]});
    }
  }
  std::ranges::sort(files, {},
                    [](const LabelledFile& file) { return std::tuple(file.place, file.label); });
  return files;
}

Split read_split(const fs::path& folder, const std::vector<std::string>& classes, int side,
                 std::optional<std::int64_t> limit) {
  std::vector<LabelledFile> files = files_of(folder, classes);
  if (limit && *limit > std::ssize(files)) {
    throw DataError(
        fmt::format("{}: {} pictures, but {} are wanted", folder.string(), files.size(), *limit));
  }
  if (limit) files.erase(files.begin() + *limit, files.end());
  Split split{.shape = {3, side, side},
              .classes = static_cast<int>(classes.size()),
              .scale = {kImageNetScale.begin(), kImageNetScale.end()}};
  const auto bytes = static_cast<std::uint64_t>(split.shape.features());
  if (files.size() > kPixelBytesMax / bytes) {
    throw DataError(
        fmt::format("{}: {} pictures of {} bytes; allowed: {} bytes in all; fewer of "
                    "them or smaller ones are",
                    folder.string(), files.size(), bytes, kPixelBytesMax));
  }
  split.pixels.reserve(files.size() * bytes);
  for (const LabelledFile& file : files) {
    const std::vector<std::uint8_t> planes = read_jpeg(file.path, {side, side});
    split.pixels.insert(split.pixels.end(), planes.begin(), planes.end());
    split.labels.push_back(static_cast<std::uint8_t>(file.label));
  }
  return split;
}

}  // namespace

Dataset load_image_folders(const fs::path& folder, int side, const SplitLimits& limits) {
  const std::vector<std::string> classes = classes_in(folder / "train");
  return {.name = "images",
          .train = read_split(folder / "train", classes, side, limits.train),
          .test = read_split(folder / "test", classes, side, limits.test)};
}

}  // namespace gradwire
