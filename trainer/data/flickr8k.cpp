#include "trainer/data/flickr8k.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "trainer/data/data_file.hpp"
#include "trainer/data/npy.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

// The constants of torchvision's models (pytorch.org/vision/stable/models.html), red, green, blue.
constexpr std::array<PixelScale, 3> kImageNetScale = {
    {{0.485F, 0.229F}, {0.456F, 0.224F}, {0.406F, 0.225F}}};

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

class Images {
 public:
  explicit Images(const Flickr8kFiles& files)
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

  CaptionedSplit split(const fs::path& list, const Captions& captions) const {
    CaptionedSplit split{.shape = sample_, .captions = {}};
    const auto* pixels = std::get_if<std::vector<std::uint8_t>>(&array_.values);
    if (pixels != nullptr) split.scale = {kImageNetScale.begin(), kImageNetScale.end()};
    std::set<std::string, std::less<>> seen;
    for_each_line(list, [&](std::string_view name, std::int64_t offset) {
      const auto row = rows_.find(name);
      const auto texts = captions.find(name);
      if (row == rows_.end()) fail_at(list, offset, fmt::format("no image {}", printable(name)));
      if (texts == captions.end())
        fail_at(list, offset, fmt::format("no caption of {}", printable(name)));
      if (!seen.emplace(name).second)
        fail_at(list, offset, fmt::format("{} twice", printable(name)));
      split.captions.push_back(texts->second);
      if (pixels != nullptr) {
        add_planes(*pixels, row->second, split.pixels);
      } else {
        const auto& features = std::get<std::vector<float>>(array_.values);
        const auto begin = features.begin() + row->second * sample_.features();
        split.features.insert(split.features.end(), begin, begin + sample_.features());
      }
    });
    if (split.captions.empty()) fail_at(list, 0, "no image");
    return split;
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

}  // namespace

Flickr8kFiles find_flickr8k(const fs::path& folder) {
  const auto text = [&folder](const char* name) {
    for (const fs::path& path : {folder / name, folder / "text" / name}) {
      if (fs::exists(path)) return path;
    }
    throw DataError(
        fmt::format("{}: no file {} in this folder or in text/", folder.string(), name));
  };
  const bool features =
      !fs::exists(folder / "images32_uint8.npy") && fs::exists(folder / "features.npy");
  return {.captions = text("Flickr8k.token.txt"),
          .train = text("Flickr_8k.trainImages.txt"),
          .validation = text("Flickr_8k.devImages.txt"),
          .test = text("Flickr_8k.testImages.txt"),
          .images = folder / (features ? "features.npy" : "images32_uint8.npy"),
          .names = folder / (features ? "features_names.txt" : "images32_names.txt")};
}

CaptionedDataset load_flickr8k(const Flickr8kFiles& files) {
  const Captions captions = read_captions(files.captions);
  const Images images(files);
  return {.name = "flickr8k",
          .train = images.split(files.train, captions),
          .validation = images.split(files.validation, captions),
          .test = images.split(files.test, captions)};
}

}  // namespace gradwire
