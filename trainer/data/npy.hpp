// Arrays in NumPy's file format (numpy.org/doc/stable/reference/generated/numpy.lib.format.html,
// versions 1.0 to 3.0): row-major, of bytes or of little-endian 32-bit floats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <variant>
#include <vector>

namespace gradwire {

struct NpyArray {
  std::vector<std::int64_t> shape;  ///< outermost first; empty: a single value
  std::variant<std::vector<std::uint8_t>, std::vector<float>> values;
};

/// Throws DataError for a file that is not such an array, is cut off, or longer than it declares.
/// Memory is bounded by what is there, whatever the header claims.
NpyArray read_npy(const std::filesystem::path& path);

/// Writes version 1.0. Throws std::system_error. The shape must be that of the values.
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values);

}  // namespace gradwire
