// Weights in files of other programs: safetensors (github.com/huggingface/safetensors, "Format"),
// and folders of NumPy's arrays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gradwire {

struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;  ///< outermost first; empty: a single value
  std::vector<float> values;        ///< row-major

  friend bool operator==(const NamedTensor&, const NamedTensor&) = default;
};

/// The tensors of a safetensors file, in the order of their bytes: F32, or F64, F16 and BF16, which
/// become floats. Throws DataError for a file that is none, is cut off or longer than it declares,
/// whose header is longer than kSafetensorsHeaderMax or not as the format has it, and where tensors
/// overlap, leave bytes out or have another size than their shape. Memory is bounded by what is
/// there, whatever the header claims.
std::vector<NamedTensor> read_safetensors(const std::filesystem::path& path);

/// Bytes; the header of a model of some thousand tensors has some hundred thousand.
inline constexpr std::uint64_t kSafetensorsHeaderMax = std::uint64_t{1} << 22;

/// Writes F32, in this order. Replaces the file in one move. Throws std::system_error.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors);

/// NAME.npy for each tensor, of 32-bit floats; in the order of the names. Throws DataError for a
/// folder without any, and as read_npy() does.
std::vector<NamedTensor> read_npy_folder(const std::filesystem::path& folder);

/// Makes the folder if there is none. Throws std::system_error.
void write_npy_folder(const std::filesystem::path& folder, const std::vector<NamedTensor>& tensors);

/// Of a folder as read_npy_folder() does, of anything else as read_safetensors() does.
std::vector<NamedTensor> read_tensors(const std::filesystem::path& path);

}  // namespace gradwire
