#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/data/data_file.hpp"
#include "trainer/data/named_tensors.hpp"

namespace gradwire {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kPrefix = 8;  // bytes: the length of the header
constexpr std::string_view kMetadata = "__metadata__";

enum class Dtype { f64, f32, f16, bf16 };

struct DtypeName {
  std::string_view name;
  Dtype dtype;
  std::uint64_t bytes;
};

constexpr std::array<DtypeName, 4> kDtypes = {{{"F32", Dtype::f32, 4},
                                               {"F64", Dtype::f64, 8},
                                               {"F16", Dtype::f16, 2},
                                               {"BF16", Dtype::bf16, 2}}};

// IEEE 754 binary16: a sign, five bits of exponent, ten of fraction.
float from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1f;
  const int fraction = bits & 0x3ff;
  float value = 0.0F;
  if (exponent == 0x1f) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity()
                          : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

template <typename Stored, typename Convert>
std::vector<float> converted(const std::vector<std::uint8_t>& bytes, Convert convert) {
  std::vector<float> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored{};
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
  return values;
}

std::vector<float> floats_of(const std::vector<std::uint8_t>& bytes, Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
      return converted<double>(bytes, [](double value) { return static_cast<float>(value); });
    case Dtype::f32:
      return converted<float>(bytes, [](float value) { return value; });
    case Dtype::f16:
      return converted<std::uint16_t>(bytes, from_half);
    case Dtype::bf16:  // the upper half of a float
      return converted<std::uint16_t>(bytes, [](std::uint16_t bits) {
        return std::bit_cast<float>(std::uint32_t{bits} << 16);
      });
  }
  CHECK(false, "dtype {}", static_cast<int>(dtype));
}

// What the header says of a tensor.
struct Entry {
  std::string name;
  const DtypeName* dtype = nullptr;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // of its bytes, after the header
  std::uint64_t end = 0;
};

class Header {
 public:
  Header(const fs::path& path, std::string_view text) : path_(path), text_(text) {}

  // By the order of their bytes, which are all of those after the header.
  std::vector<Entry> entries() const {
    const json header = parsed();
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadata) {
        check_metadata(value);
      } else {
        entries.push_back(entry(name, value));
      }
    }
    std::ranges::sort(entries, {}, [](const Entry& entry) {
      return std::tuple(entry.begin, entry.end, entry.name);
    });
    std::uint64_t end = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != end) {
        fail(entry.name, fmt::format("begins at byte {} of the values; allowed: {}, where the one "
                                     "before ends",
                                     entry.begin, end));
      }
      end = entry.end;
    }
    return entries;
  }

 private:
  [[noreturn]] void fail(std::string_view name, const std::string& problem) const {
    fail_at(path_, kPrefix, fmt::format("the header's '{}' {}", printable(name), problem));
  }

  json parsed() const {
    std::set<std::string> names;
    const auto check = [&](int depth, json::parse_event_t event, const json& value) {
      constexpr int kDepthMax = 2;  // of what begins inside of the outermost object
      const bool begins =
          event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
      if (begins && depth > kDepthMax) fail_at(path_, kPrefix, "the header is nested too deeply");
      if (event == json::parse_event_t::key && depth == 1 &&
          !names.insert(value.get<std::string>()).second) {
        fail(value.get<std::string>(), "is given twice; allowed: once");
      }
      return true;
    };
    try {
      json header = json::parse(text_, check);
      if (header.is_object()) return header;
    } catch (const json::parse_error& error) {
      fail_at(path_, kPrefix + static_cast<std::int64_t>(error.byte),
              "the header is no JSON from here on");
    } catch (const json::exception&) {  // out_of_range, whose number is a parsed one
      fail_at(path_, kPrefix, "the header has a number that is out of range");
    }
    fail_at(path_, kPrefix, "the header is no JSON object");
  }

  void check_metadata(const json& value) const {
    const bool are_texts = value.is_object() && std::ranges::all_of(value, [](const json& entry) {
                             return entry.is_string();
                           });
    if (!are_texts) fail(kMetadata, "is no object of texts");
  }

  std::vector<std::uint64_t> numbers(const std::string& name, const json& list,
                                     const char* key) const {
    const auto is_number = [](const json& value) { return value.is_number_unsigned(); };
    if (!list.is_array() || !std::ranges::all_of(list, is_number)) {
      fail(name, fmt::format("has {} that is no list of whole numbers from 0 on", key));
    }
    return list.get<std::vector<std::uint64_t>>();
  }

  Entry entry(const std::string& name, const json& value) const {
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
        !value.contains("shape") || !value.contains("data_offsets")) {
      fail(name, "is no tensor; allowed: an object of dtype, shape and data_offsets");
    }
    const json& dtype = value["dtype"];
    const std::string type = dtype.is_string() ? dtype.get<std::string>() : std::string("no text");
    Entry entry;
    entry.name = name;
    const auto* const found = std::ranges::find(kDtypes, type, &DtypeName::name);
    if (found == kDtypes.end()) {
      fail(name, fmt::format("has dtype {}; allowed: F32, F64, F16, BF16", printable(type)));
    }
    entry.dtype = found;
    const std::vector<std::uint64_t> offsets = numbers(name, value["data_offsets"], "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > kDataFileMax) {
      fail(name, fmt::format("has data_offsets {}; allowed: a begin and an end, at most {}",
                             printable(value["data_offsets"].dump()), kDataFileMax));
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    const std::vector<std::uint64_t> shape = numbers(name, value["shape"], "a shape");
    if (bytes_of(shape, *found) != entry.end - entry.begin) {
      fail(name, fmt::format("has {} bytes, and its shape {} of {} has another number of them",
                             entry.end - entry.begin, printable(value["shape"].dump()), type));
    }
    entry.shape.assign(shape.begin(), shape.end());
    return entry;
  }

  // None for more than a file may have.
  static std::optional<std::uint64_t> bytes_of(const std::vector<std::uint64_t>& shape,
                                               const DtypeName& dtype) {
    // Where there is a 0 there is nothing; other sizes still have to be numbers that we can keep.
    const bool is_empty = std::ranges::find(shape, 0U) != shape.end();
    std::uint64_t bytes = dtype.bytes;
    for (const std::uint64_t size : shape) {
      if (size > kDataFileMax) return std::nullopt;
      if (is_empty) continue;
      if (size > kDataFileMax / bytes) return std::nullopt;
      bytes *= size;
    }
    return is_empty ? 0 : bytes;
  }

  const fs::path& path_;
  std::string_view text_;
};

}  // namespace

std::vector<NamedTensor> read_safetensors(const fs::path& path) {
  DataFile file(path);
  std::array<std::uint8_t, kPrefix> prefix{};
  file.read(prefix, "the length of the header");
  const auto length = std::bit_cast<std::uint64_t>(prefix);
  if (length < 2 || length > kSafetensorsHeaderMax) {
    fail_at(path, 0,
            fmt::format("no safetensors: a header of {} bytes; allowed: 2 to {}", length,
                        kSafetensorsHeaderMax));
  }
  const std::vector<std::uint8_t> text = file.read_bytes(length, "the header");
  const Header header(path, {reinterpret_cast<const char*>(text.data()), text.size()});
  std::vector<NamedTensor> tensors;
  for (Entry& entry : header.entries()) {
    const std::vector<std::uint8_t> bytes = file.read_bytes(
        entry.end - entry.begin, fmt::format("the values of '{}'", printable(entry.name)));
    tensors.push_back(
        {std::move(entry.name), std::move(entry.shape), floats_of(bytes, entry.dtype->dtype)});
  }
  file.expect_end();
  return tensors;
}

void write_safetensors(const fs::path& path, const std::vector<NamedTensor>& tensors) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  std::size_t end = 0;
  for (const NamedTensor& tensor : tensors) {
    const std::size_t begin = end;
    end += tensor.values.size() * sizeof(float);
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the values begin at a multiple of 8 bytes
  const auto length = static_cast<std::uint64_t>(text.size());
  fs::path next = path;
  next += ".next";
  std::ofstream file(next, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof(length));
  file << text;
  for (const NamedTensor& tensor : tensors) {
    file.write(reinterpret_cast<const char*>(tensor.values.data()),
               static_cast<std::streamsize>(tensor.values.size() * sizeof(float)));
  }
  file.close();
  const int problem = errno;
  std::error_code error;
  if (file) {
    fs::rename(next, path, error);
  } else {
    error.assign(problem, std::generic_category());
  }
  if (!error) return;
  std::error_code ignored;
  fs::remove(next, ignored);
  throw std::system_error(error, "cannot write " + path.string());
}

}  // namespace gradwire
