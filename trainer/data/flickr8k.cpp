#include "trainer/data/flickr8k.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "trainer/data/data_file.hpp"
#include "trainer/data/jpeg.hpp"
#include "trainer/data/npy.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLineMax = 4096;  // bytes; the longest caption of the corpus has 199

// Calls `use` with each line that is not empty, without its end, and its offset.
void for_each_line(const fs::path& path,
                   const std::function<void(std::string_view, std::int64_t)>& use) {
  const std::string text = DataFile(path).read_all();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    const auto offset = static_cast<std::int64_t>(begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kLineMax) {
      fail_at(path, offset, fmt::format("a line of {} bytes; allowed: {}", line.size(), kLineMax));
    }
    if (line.find('\0') != std::string_view::npos) fail_at(path, offset, "a line with a zero byte");
    if (!line.empty()) use(line, offset);
  }
}

using Captions = std::map<std::string, std::vector<Words>, std::less<>>;

Captions read_captions(const fs::path& path) {
  Captions captions;
  for_each_line(path, [&](std::string_view line, std::int64_t offset) {
    const std::size_t tab = line.find('\t');
    const std::size_t hash = line.substr(0, tab).rfind('#');
    if (tab == std::string_view::npos || hash == std::string_view::npos || hash == 0) {
      fail_at(path, offset, "no caption; allowed: image name, #, number, tab, text");
    }
    Words words = tokenise(line.substr(tab + 1));
    if (words.empty()) fail_at(path, offset, "a caption without words");
    captions[std::string(line.substr(0, hash))].push_back(std::move(words));
  });
  return captions;
}

// Rows by name.
std::map<std::string, std::int64_t, std::less<>> read_names(const fs::path& path) {
  std::map<std::string, std::int64_t, std::less<>> rows;
  for_each_line(path, [&](std::string_view line, std::int64_t offset) {
    const auto row = static_cast<std::int64_t>(rows.size());
    if (!rows.emplace(line, row).second) fail_at(path, offset, "a name for the second time");
  });
  return rows;
}

// Pictures by name.
class Images {
 public:
  virtual ~Images() = default;

  virtual SampleShape shape() const = 0;
  virtual bool has_pixels() const = 0;
  virtual bool has(std::string_view name) const = 0;

  /// Adds a picture that there is to those of a split.
  virtual void add(std::string_view name, CaptionedSplit& split) const = 0;
};

// Photographs, each read when it is wanted.
class Photographs final : public Images {
 public:
  Photographs(fs::path folder, int side) : folder_(std::move(folder)), side_(side) {}

  SampleShape shape() const override { return {3, side_, side_}; }
  bool has_pixels() const override { return true; }

  // A name leads nowhere else.
  bool has(std::string_view name) const override {
    return name.find('/') == std::string_view::npos && fs::is_regular_file(folder_ / name);
  }

  void add(std::string_view name, CaptionedSplit& split) const override {
    constexpr std::uint64_t kPixelBytesMax = std::uint64_t{1} << 32;
    const std::vector<std::uint8_t> planes = read_jpeg(folder_ / name, {side_, side_});
    if (split.pixels.size() + planes.size() > kPixelBytesMax) {
      throw DataError(fmt::format("{}: more than {} bytes of pixels; allowed: smaller pictures",
                                  folder_.string(), kPixelBytesMax));
    }
    split.pixels.insert(split.pixels.end(), planes.begin(), planes.end());
  }

 private:
  fs::path folder_;
  int side_;
};

// Rows of an array of NumPy.
class ArrayRows final : public Images {
 public:
  explicit ArrayRows(const Flickr8kFiles& files)
      : array_(read_npy(files.images)), rows_(read_names(files.names)) {
    const auto& shape = array_.shape;
    const bool pixels = std::holds_alternative<std::vector<std::uint8_t>>(array_.values);
    const std::size_t dimensions = pixels ? 4 : 2;
    if (shape.size() != dimensions || (pixels && shape[3] != 3) || size() == 0) {
      fail_at(files.images, 0,
              "an array of another shape; allowed: bytes [images, height, width, 3] or floats "
              "[images, features]");
    }
    if (shape[0] != static_cast<std::int64_t>(rows_.size())) {
      fail_at(files.names, 0, fmt::format("{} names for {} images", rows_.size(), shape[0]));
    }
    sample_ = pixels ? SampleShape{3, static_cast<int>(shape[1]), static_cast<int>(shape[2])}
                     : SampleShape{1, 1, static_cast<int>(shape[1])};
  }

  SampleShape shape() const override { return sample_; }
  bool has_pixels() const override {
    return std::holds_alternative<std::vector<std::uint8_t>>(array_.values);
  }
  bool has(std::string_view name) const override { return rows_.contains(name); }

  void add(std::string_view name, CaptionedSplit& split) const override {
    const std::int64_t row = rows_.find(name)->second;
    if (const auto* pixels = std::get_if<std::vector<std::uint8_t>>(&array_.values)) {
      add_planes(*pixels, row, split.pixels);
      return;
    }
    const auto& features = std::get<std::vector<float>>(array_.values);
    const auto begin = features.begin() + row * sample_.features();
    split.features.insert(split.features.end(), begin, begin + sample_.features());
  }

 private:
  std::size_t size() const {
    return std::visit([](const auto& values) { return values.size(); }, array_.values);
  }

  // From pixels of three bytes to three planes of bytes.
  void add_planes(const std::vector<std::uint8_t>& pixels, std::int64_t row,
                  std::vector<std::uint8_t>& out) const {
    const auto plane = static_cast<std::size_t>(sample_.height) * sample_.width;
    const std::uint8_t* image = pixels.data() + static_cast<std::size_t>(row) * plane * 3;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (std::size_t i = 0; i < plane; ++i) out.push_back(image[3 * i + channel]);
    }
  }

  NpyArray array_;
  std::map<std::string, std::int64_t, std::less<>> rows_;
  SampleShape sample_;
};

CaptionedSplit split_of(const Images& images, const fs::path& list, const Captions& captions) {
  CaptionedSplit split{.shape = images.shape(), .captions = {}};
  if (images.has_pixels()) split.scale = {kImageNetScale.begin(), kImageNetScale.end()};
  std::set<std::string, std::less<>> seen;
  for_each_line(list, [&](std::string_view name, std::int64_t offset) {
    const auto texts = captions.find(name);
    if (!images.has(name)) fail_at(list, offset, fmt::format("no image {}", printable(name)));
    if (texts == captions.end())
      fail_at(list, offset, fmt::format("no caption of {}", printable(name)));
    if (!seen.emplace(name).second) fail_at(list, offset, fmt::format("{} twice", printable(name)));
    split.captions.push_back(texts->second);
    images.add(name, split);
  });
  if (split.captions.empty()) fail_at(list, 0, "no image");
  return split;
}

std::unique_ptr<Images> open_images(const Flickr8kFiles& files) {
  if (!fs::is_directory(files.images)) return std::make_unique<ArrayRows>(files);
  return std::make_unique<Photographs>(files.images, files.side);
}

// The photographs themselves; "Flicker8k_Dataset" is what the corpus calls them.
std::optional<fs::path> photographs_in(const fs::path& folder) {
  for (const char* name : {"Flicker8k_Dataset", "Images", "images"}) {
    if (fs::is_directory(folder / name)) return folder / name;
  }
  return std::nullopt;
}

}  // namespace

Flickr8kFiles find_flickr8k(const fs::path& folder, std::optional<int> side) {
  const auto text = [&folder](const char* name) {
    for (const fs::path& path : {folder / name, folder / "text" / name}) {
      if (fs::exists(path)) return path;
    }
    throw DataError(
        fmt::format("{}: no file {} in this folder or in text/", folder.string(), name));
  };
  const bool thumbnails = fs::exists(folder / "images32_uint8.npy");
  const bool features = !thumbnails && fs::exists(folder / "features.npy");
  const std::optional<fs::path> photographs = photographs_in(folder);
  if (side && !photographs) {
    throw DataError(
        fmt::format("{}: no folder Flicker8k_Dataset, Images or images with "
                    "photographs, which a size is wanted of",
                    folder.string()));
  }
  Flickr8kFiles files{.captions = text("Flickr8k.token.txt"),
                      .train = text("Flickr_8k.trainImages.txt"),
                      .validation = text("Flickr_8k.devImages.txt"),
                      .test = text("Flickr_8k.testImages.txt"),
                      .images = folder / (features ? "features.npy" : "images32_uint8.npy"),
                      .names = folder / (features ? "features_names.txt" : "images32_names.txt")};
  if (photographs && (side || !(thumbnails || features))) {
    files.images = *photographs;
    files.side = side.value_or(kUsualSide);
  }
  return files;
}

CaptionedDataset load_flickr8k(const Flickr8kFiles& files) {
  const Captions captions = read_captions(files.captions);
  const std::unique_ptr<Images> images = open_images(files);
  return {.name = "flickr8k",
          .train = split_of(*images, files.train, captions),
          .validation = split_of(*images, files.validation, captions),
          .test = split_of(*images, files.test, captions)};
}

}  // namespace gradwire
