// Photographs in JPEG files, made to a size.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "trainer/data/dataset.hpp"

namespace gradwire {

/// Of photographs: the constants of torchvision's models (pytorch.org/vision/stable/models.html),
/// red, green, blue.
inline constexpr std::array<PixelScale, 3> kImageNetScale = {
    {{0.485F, 0.229F}, {0.456F, 0.224F}, {0.406F, 0.225F}}};

struct PictureSize {
  int height;
  int width;
};

/// The picture of a JPEG file, stretched or shrunk to a size of at least 1 x 1: three planes, red,
/// green and blue, of height x width bytes. Each pixel is the mean of the area that it covers in
/// the file. Throws DataError, naming the file, for one that is no JPEG, is damaged or cut off, or
/// has more than kJpegSideMax pixels a side.
std::vector<std::uint8_t> read_jpeg(const std::filesystem::path& path, const PictureSize& size);

/// Of a side of a picture in a file: one of 8 192 x 8 192 takes 192 MiB while it is read.
inline constexpr int kJpegSideMax = 8192;

/// Whether the name of a file ends like that of a JPEG file: .jpg or .jpeg, in any case.
bool is_jpeg_name(const std::filesystem::path& path);

}  // namespace gradwire
