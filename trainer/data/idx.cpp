#include "trainer/data/idx.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

/// What one file may declare; the images of the largest set in this format, EMNIST, take 0.6 GB.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

/// Unsigned bytes, in one or three dimensions.
constexpr std::uint32_t kLabelsMagic = 0x00000801;
constexpr std::uint32_t kImagesMagic = 0x00000803;

constexpr std::int64_t kLabelsHeader = 8;  // bytes before the first label

[[noreturn]] void fail(const std::filesystem::path& path, std::int64_t offset,
                       const std::string& problem) {
  throw DataError(fmt::format("{}: offset {}: {}", path.string(), offset, problem));
}

// Reads a file from its beginning, decompressed if it is in gzip format. Offsets are those of the
// decompressed data.
class IdxFile {
 public:
  explicit IdxFile(std::filesystem::path path)
      : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb"), gzclose) {
    if (file_ == nullptr) {
      throw DataError(
          fmt::format("{}: cannot be opened: {}", path_.string(), std::strerror(errno)));
    }
  }

  const std::filesystem::path& path() const { return path_; }
  std::int64_t offset() const { return gztell(file_.get()); }

  std::uint32_t read_number() {
    std::array<std::uint8_t, 4> bytes{};
    read(bytes.data(), bytes.size(), "the header");
    return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
           static_cast<std::uint32_t>(bytes[2]) << 8 | static_cast<std::uint32_t>(bytes[3]);
  }

  void expect_magic(std::uint32_t expected) {
    const std::int64_t at = offset();
    const std::uint32_t magic = read_number();
    if (magic != expected) {
      fail(path_, at, fmt::format("magic number 0x{:08x}; allowed: 0x{:08x}", magic, expected));
    }
  }

  // `size` bytes. Grows with what is there, so that a file cannot claim memory with its header.
  std::vector<std::uint8_t> read_bytes(std::size_t size, std::string_view what) {
    constexpr std::size_t kFirstStep = std::size_t{1} << 20;
    std::vector<std::uint8_t> bytes;
    while (bytes.size() < size) {
      const std::size_t done = bytes.size();
      const std::size_t step = std::min(size - done, std::max(done, kFirstStep));
      bytes.resize(done + step);
      read(bytes.data() + done, step, what);
    }
    return bytes;
  }

  // The end of the data, and of a gzip stream with its checksum.
  void expect_end() {
    const std::int64_t at = offset();
    std::uint8_t byte = 0;
    if (gzread(file_.get(), &byte, 1) == 1) fail(path_, at, "more data than the header declares");
    check_stream();
  }

 private:
  void read(std::uint8_t* bytes, std::size_t size, std::string_view what) {
    const int done = gzread(file_.get(), bytes, static_cast<unsigned>(size));
    if (done == static_cast<int>(size)) return;
    check_stream();
    fail(path_, offset(), fmt::format("the file ends within {}", what));
  }

  void check_stream() {
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (code == Z_BUF_ERROR) fail(path_, offset(), "the gzip stream is cut off");
    if (code == Z_ERRNO) fail(path_, offset(), fmt::format("cannot be read: {}", message));
    if (code != Z_OK) {
      // zlib puts the path before its message.
      const std::string prefix = path_.string() + ": ";
      std::string_view reason = message;
      if (reason.starts_with(prefix)) reason.remove_prefix(prefix.size());
      fail(path_, offset(), fmt::format("the gzip stream is damaged: {}", reason));
    }
  }

  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

struct Images {
  std::uint32_t count;
  std::uint32_t rows;
  std::uint32_t columns;
  std::vector<std::uint8_t> pixels;  // of the first samples only, if there is a limit
};

Images read_images(IdxFile& file, std::optional<std::int64_t> limit) {
  file.expect_magic(kImagesMagic);
  Images images{};
  images.count = file.read_number();
  images.rows = file.read_number();
  images.columns = file.read_number();
  const std::uint64_t size = std::uint64_t{images.rows} * images.columns;
  if (images.count == 0 || size == 0 || size > kMaxBytes || images.count > kMaxBytes / size) {
    fail(file.path(), 4,
         fmt::format("{} images of {} x {}; allowed: at least 1 of 1 x 1, at most {} bytes",
                     images.count, images.rows, images.columns, kMaxBytes));
  }
  if (limit && *limit > std::int64_t{images.count}) {
    fail(file.path(), 4, fmt::format("{} images, but {} are wanted", images.count, *limit));
  }
  const std::uint64_t wanted = limit ? static_cast<std::uint64_t>(*limit) : images.count;
  images.pixels = file.read_bytes(wanted * size, "the images");
  if (wanted == images.count) file.expect_end();
  return images;
}

std::vector<std::uint8_t> read_labels(IdxFile& file, std::uint32_t images) {
  file.expect_magic(kLabelsMagic);
  const std::uint32_t count = file.read_number();
  if (count != images) {
    fail(file.path(), 4, fmt::format("{} labels for {} images", count, images));
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
  IdxFile images(find_file(folder, split, "images", 3));
  IdxFile labels(find_file(folder, split, "labels", 1));
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
    fail(test.images_path, 8,
         fmt::format("images of {} x {}; allowed: {} x {}, as those for training", test.images.rows,
                     test.images.columns, train.images.rows, train.images.columns));
  }
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    if (test.labels[i] >= classes) {
      fail(test.labels_path, kLabelsHeader + static_cast<std::int64_t>(i),
           fmt::format("label {}; allowed: 0 to {}, as in training", test.labels[i], classes - 1));
    }
  }
}

Split to_split(LabelledImages read, int classes, std::optional<std::int64_t> limit) {
  if (limit) read.labels.resize(static_cast<std::size_t>(*limit));
  return {.features = static_cast<int>(read.images.rows * read.images.columns),
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
