// JPEG files for tests, as near to their pixels as JPEG can be.
#pragma once

#include <turbojpeg.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gradwire::jpeg_bytes {

/// Of rows of pixels of three bytes.
inline std::string encoded(const std::vector<std::uint8_t>& pixels, int width, int height) {
  const tjhandle encoder = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjCompress2(encoder, pixels.data(), width, 0, height, TJPF_RGB, &bytes, &size, TJSAMP_444, 100,
              TJFLAG_ACCURATEDCT);
  std::string file(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(encoder);
  return file;
}

/// Grey bands from left to right, each 8 pixels wide, the picture 8 high: blocks of JPEG, which
/// come out again as they went in, to a rounding.
inline std::string bands(const std::vector<std::uint8_t>& greys) {
  std::vector<std::uint8_t> pixels;
  for (int row = 0; row < 8; ++row) {
    for (const std::uint8_t grey : greys) pixels.insert(pixels.end(), 3 * 8, grey);
  }
  return encoded(pixels, static_cast<int>(8 * greys.size()), 8);
}

}  // namespace gradwire::jpeg_bytes
