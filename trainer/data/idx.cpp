#include "trainer/data/idx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netmodel/check.hpp"
#include "trainer/data/data_file.hpp"

namespace gradwire {
namespace {

/// Unsigned bytes, in one or three dimensions.
constexpr std::uint32_t kLabelsMagic = 0x00000801;
constexpr std::uint32_t kImagesMagic = 0x00000803;

constexpr std::int64_t kLabelsHeader = 8;  // bytes before the first label

std::uint32_t read_number(DataFile& file) {
  std::array<std::uint8_t, 4> bytes{};
  file.read(bytes, "the header");
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | static_cast<std::uint32_t>(bytes[3]);
}

void expect_magic(DataFile& file, std::uint32_t expected) {
  const std::int64_t at = file.offset();
  const std::uint32_t magic = read_number(file);
  if (magic != expected) {
    fail_at(file.path(), at,
            fmt::format("magic number 0x{:08x}; allowed: 0x{:08x}", magic, expected));
  }
}

struct Images {
  std::uint32_t count;
  std::uint32_t rows;
  std::uint32_t columns;
  std::vector<std::uint8_t> pixels;  // of the first samples only, if there is a limit
};

Images read_images(DataFile& file, std::optional<std::int64_t> limit) {
  expect_magic(file, kImagesMagic);
  Images images{};
  images.count = read_number(file);
  images.rows = read_number(file);
  images.columns = read_number(file);
  const std::uint64_t size = std::uint64_t{images.rows} * images.columns;
  if (images.count == 0 || size == 0 || size > kDataFileMax || images.count > kDataFileMax / size) {
    fail_at(file.path(), 4,
            fmt::format("{} images of {} x {}; allowed: at least 1 of 1 x 1, at most {} bytes",
                        images.count, images.rows, images.columns, kDataFileMax));
  }
  if (limit && *limit > std::int64_t{images.count}) {
    fail_at(file.path(), 4, fmt::format("{} images, but {} are wanted", images.count, *limit));
  }
  const std::uint64_t wanted = limit ? static_cast<std::uint64_t>(*limit) : images.count;
  images.pixels = file.read_bytes(wanted * size, "the images");
  if (wanted == images.count) file.expect_end();
  return images;
}

std::vector<std::uint8_t> read_labels(DataFile& file, std::uint32_t images) {
  expect_magic(file, kLabelsMagic);
  const std::uint32_t count = read_number(file);
  if (count != images) {
    fail_at(file.path(), 4, fmt::format("{} labels for {} images", count, images));
  }
  std::vector<std::uint8_t> labels = file.read_bytes(count, "the labels");
  file.expect_end();
  return labels;
}

std::filesystem::path find_file(const std::filesystem::path& folder, std::string_view split,
                                std::string_view kind, int dimensions) {
  const std::string name = fmt::format("{}-{}-idx{}-ubyte", split, kind, dimensions);
  const std::string dotted = fmt::format("{}-{}.idx{}-ubyte", split, kind, dimensions);
  for (const std::string& candidate : {name, name + ".gz", dotted, dotted + ".gz"}) {
    if (std::filesystem::exists(folder / candidate)) return folder / candidate;
  }
  throw DataError(
      fmt::format("{}: no file {} or {}.gz in this folder", folder.string(), name, name));
}

struct LabelledImages {
  Images images;
  std::filesystem::path images_path;
  std::vector<std::uint8_t> labels;  // all, whatever the limit
  std::filesystem::path labels_path;
};

LabelledImages read_split(const std::filesystem::path& folder, std::string_view split,
                          std::optional<std::int64_t> limit) {
  CHECK(!limit || *limit >= 1, "a limit of {}", *limit);
  DataFile images(find_file(folder, split, "images", 3));
  DataFile labels(find_file(folder, split, "labels", 1));
  LabelledImages read{.images = read_images(images, limit),
                      .images_path = images.path(),
                      .labels = {},
                      .labels_path = labels.path()};
  read.labels = read_labels(labels, read.images.count);
  return read;
}

void check_test_against_train(const LabelledImages& test, const LabelledImages& train,
                              int classes) {
  if (test.images.rows != train.images.rows || test.images.columns != train.images.columns) {
    fail_at(
        test.images_path, 8,
        fmt::format("images of {} x {}; allowed: {} x {}, as those for training", test.images.rows,
                    test.images.columns, train.images.rows, train.images.columns));
  }
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    if (test.labels[i] >= classes) {
      fail_at(
          test.labels_path, kLabelsHeader + static_cast<std::int64_t>(i),
          fmt::format("label {}; allowed: 0 to {}, as in training", test.labels[i], classes - 1));
    }
  }
}

Split to_split(LabelledImages read, int classes, std::optional<std::int64_t> limit) {
  if (limit) read.labels.resize(static_cast<std::size_t>(*limit));
  return {.shape = {.channels = 1,
                    .height = static_cast<int>(read.images.rows),
                    .width = static_cast<int>(read.images.columns)},
          .classes = classes,
          .pixels = std::move(read.images.pixels),
          .labels = std::move(read.labels)};
}

}  // namespace

Dataset load_idx(const std::filesystem::path& folder, std::optional<std::int64_t> train_limit,
                 std::optional<std::int64_t> test_limit) {
  if (!std::filesystem::is_directory(folder)) {
    throw DataError(fmt::format("{}: no such folder", folder.string()));
  }
  LabelledImages train = read_split(folder, "train", train_limit);
  LabelledImages test = read_split(folder, "t10k", test_limit);
  const int classes = *std::ranges::max_element(train.labels) + 1;
  check_test_against_train(test, train, classes);
  return {.name = std::filesystem::weakly_canonical(folder).filename().string(),
          .train = to_split(std::move(train), classes, train_limit),
          .test = to_split(std::move(test), classes, test_limit)};
}

}  // namespace gradwire
