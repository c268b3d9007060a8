#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "trainer/data/data_file.hpp"
#include "trainer/data/named_tensors.hpp"
#include "trainer/data/npy.hpp"

namespace gradwire {

namespace fs = std::filesystem;

std::vector<NamedTensor> read_npy_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == ".npy") files.push_back(entry->path());
  }
  if (error) {
    throw DataError(fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  }
  if (files.empty()) {
    throw DataError(fmt::format("{}: no file *.npy in this folder", folder.string()));
  }
  std::ranges::sort(files);
  std::vector<NamedTensor> tensors;
  for (const fs::path& file : files) {
    NpyArray array = read_npy(file);
    auto* const values = std::get_if<std::vector<float>>(&array.values);
    if (values == nullptr) fail_at(file, 0, "an array of bytes; allowed: <f4");
    tensors.push_back({file.stem().string(), std::move(array.shape), std::move(*values)});
  }
  return tensors;
}

void write_npy_folder(const fs::path& folder, const std::vector<NamedTensor>& tensors) {
  fs::create_directories(folder);
  for (const NamedTensor& tensor : tensors) {
    write_npy(folder / (tensor.name + ".npy"), tensor.shape, tensor.values);
  }
}

std::vector<NamedTensor> read_tensors(const fs::path& path) {
  return fs::is_directory(path) ? read_npy_folder(path) : read_safetensors(path);
}

}  // namespace gradwire
