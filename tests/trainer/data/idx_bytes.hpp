// The bytes of files in the IDX format, for the tests of what reads them.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

namespace gradwire::idx_bytes {

inline std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline std::string images(std::uint32_t count, std::uint32_t rows, std::uint32_t columns,
                          const std::string& pixels) {
  return number(0x803) + number(count) + number(rows) + number(columns) + pixels;
}

inline std::string labels(const std::string& values) {
  return number(0x801) + number(static_cast<std::uint32_t>(values.size())) + values;
}

inline std::string gzipped(const std::string& data) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<unsigned>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace gradwire::idx_bytes
