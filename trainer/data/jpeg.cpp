#include "trainer/data/jpeg.hpp"

#include <fmt/format.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>

#include "netmodel/check.hpp"
#include "trainer/data/data_file.hpp"

namespace gradwire {
namespace {

constexpr std::size_t kChannels = 3;

// Pixels of three bytes, rows from the top.
struct Picture {
  PictureSize size;
  std::vector<std::uint8_t> pixels;
};

[[noreturn]] void refuse(const std::filesystem::path& path, tjhandle decoder) {
  fail_at(path, 0, fmt::format("no whole JPEG: {}", printable(tjGetErrorStr2(decoder))));
}

Picture decode(const std::filesystem::path& path) {
  const std::string bytes = DataFile(path).read_all();
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  CHECK(decoder, "no JPEG decoder: {}", tjGetErrorStr2(nullptr));
  const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
  PictureSize size{};
  int subsampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &size.width, &size.height,
                          &subsampling, &colours) != 0) {
    refuse(path, decoder.get());
  }
  if (std::min(size.width, size.height) < 1 || std::max(size.width, size.height) > kJpegSideMax) {
    fail_at(path, 0,
            fmt::format("a picture of {} x {} pixels; allowed: 1 to {} a side", size.width,
                        size.height, kJpegSideMax));
  }
  Picture picture{size, {}};
  picture.pixels.resize(kChannels * static_cast<std::size_t>(size.width) *
                        static_cast<std::size_t>(size.height));
  // The exact transform, so that every processor gives the same pixels; what is only a warning
  // there, such as an end too early, leaves grey in the picture.
  constexpr int kFlags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
  if (tjDecompress2(decoder.get(), data, bytes.size(), picture.pixels.data(), size.width, 0,
                    size.height, TJPF_RGB, kFlags) != 0) {
    refuse(path, decoder.get());
  }
  return picture;
}

// Which of `from` places along a side a new one of `to` covers, and how much of each, in parts of
// 1 / to of a place: `from` of them together.
struct Cover {
  std::int64_t first;
  std::vector<std::int64_t> parts;
};

std::vector<Cover> covers(std::int64_t from, std::int64_t to) {
  std::vector<Cover> all;
  for (std::int64_t i = 0; i < to; ++i) {
    Cover cover{i * from / to, {}};
    for (std::int64_t at = i * from; at < (i + 1) * from;) {
      const std::int64_t next = std::min((at / to + 1) * to, (i + 1) * from);
      cover.parts.push_back(next - at);
      at = next;
    }
    all.push_back(std::move(cover));
  }
  return all;
}

}  // namespace

std::vector<std::uint8_t> read_jpeg(const std::filesystem::path& path, const PictureSize& size) {
  CHECK(size.height >= 1 && size.width >= 1, "{} x {} pixels", size.height, size.width);
  const Picture picture = decode(path);
  const std::vector<Cover> rows = covers(picture.size.height, size.height);
  const std::vector<Cover> columns = covers(picture.size.width, size.width);
  const std::int64_t area = std::int64_t{picture.size.height} * picture.size.width;
  const std::size_t plane = rows.size() * columns.size();
  std::vector<std::uint8_t> planes(kChannels * plane);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < columns.size(); ++column) {
      std::int64_t sums[kChannels] = {};
      for (std::size_t y = 0; y < rows[row].parts.size(); ++y) {
        const std::int64_t line =
            (rows[row].first + static_cast<std::int64_t>(y)) * picture.size.width;
        for (std::size_t x = 0; x < columns[column].parts.size(); ++x) {
          const std::int64_t part = rows[row].parts[y] * columns[column].parts[x];
          const std::int64_t pixel = line + columns[column].first + static_cast<std::int64_t>(x);
          for (std::size_t c = 0; c < kChannels; ++c) {
            sums[c] += part * picture.pixels[static_cast<std::size_t>(pixel) * kChannels + c];
          }
        }
      }
      for (std::size_t c = 0; c < kChannels; ++c) {
        planes[c * plane + row * columns.size() + column] =
            static_cast<std::uint8_t>((sums[c] + area / 2) / area);
      }
    }
  }
  return planes;
}

bool is_jpeg_name(const std::filesystem::path& path) {
  std::string end = path.extension().string();
  std::ranges::transform(end, end.begin(), [](unsigned char c) { return std::tolower(c); });
  return end == ".jpg" || end == ".jpeg";
}

}  // namespace gradwire
