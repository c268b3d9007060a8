#include "trainer/data/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "netmodel/check.hpp"
#include "trainer/data/data_file.hpp"

namespace gradwire {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's floats are little-endian");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::int64_t kPrefix = 10;         // magic, version and length of version 1.0
constexpr std::size_t kHeaderMax = 1 << 16;  // bytes; the header of a long shape has a few hundred

// A Python dictionary of a text, a boolean and a tuple, as numpy writes it.
class Header {
 public:
  Header(const std::filesystem::path& path, std::int64_t offset, std::string_view text)
      : path_(path), offset_(offset), text_(text) {}

  std::string_view text_of(std::string_view key) const {
    std::string_view rest = after(key);
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"')) fail(key, "is no text");
    const std::size_t end = rest.find(rest[0], 1);
    if (end == std::string_view::npos) fail(key, "does not end");
    return rest.substr(1, end - 1);
  }

  bool is_true(std::string_view key) const {
    const std::string_view rest = after(key);
    if (!rest.starts_with("True") && !rest.starts_with("False")) fail(key, "is no boolean");
    return rest.starts_with("True");
  }

  std::vector<std::int64_t> shape_of(std::string_view key) const {
    std::string_view rest = after(key);
    const std::size_t end = rest.find(')');
    if (!rest.starts_with("(") || end == std::string_view::npos) fail(key, "is no tuple");
    rest = rest.substr(1, end - 1);
    std::vector<std::int64_t> shape;
    while (!(rest = trimmed(rest)).empty()) {
      std::int64_t size = 0;
      const auto [next, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
      if (error != std::errc() || size < 0) fail(key, "has no number where one should be");
      shape.push_back(size);
      rest = trimmed(rest.substr(static_cast<std::size_t>(next - rest.data())));
      if (rest.empty()) break;
      if (rest[0] != ',') fail(key, "has no comma where one should be");
      rest.remove_prefix(1);
    }
    return shape;
  }

  [[noreturn]] void fail(std::string_view key, std::string_view problem) const {
    fail_at(path_, offset_, fmt::format("the header's '{}' {}", key, problem));
  }

 private:
  static std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\n");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
  }

  std::string_view after(std::string_view key) const {
    for (const char quote : {'\'', '"'}) {
      const std::string quoted = fmt::format("{}{}{}", quote, key, quote);
      const std::size_t at = text_.find(quoted);
      if (at == std::string_view::npos) continue;
      const std::string_view rest = trimmed(text_.substr(at + quoted.size()));
      if (rest.starts_with(":")) return trimmed(rest.substr(1));
    }
    fail(key, "is missing");
  }

  const std::filesystem::path& path_;
  std::int64_t offset_;
  std::string_view text_;
};

std::string read_header(DataFile& file) {
  std::array<std::uint8_t, 8> start{};
  file.read(start, "the header");
  if (std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0) {
    fail_at(file.path(), 0, "not an array of NumPy: it begins with other bytes");
  }
  const int version = start[6];
  if (version < 1 || version > 3) {
    fail_at(file.path(), 6, fmt::format("version {}; allowed: 1 to 3", version));
  }
  std::array<std::uint8_t, 4> length{};
  const std::size_t bytes = version == 1 ? 2 : 4;
  const std::int64_t at = file.offset();
  file.read(std::span(length).first(bytes), "the header");
  const std::size_t size = length[0] | std::size_t{length[1]} << 8 | std::size_t{length[2]} << 16 |
                           std::size_t{length[3]} << 24;
  if (size > kHeaderMax) {
    fail_at(file.path(), at, fmt::format("a header of {} bytes; allowed: {}", size, kHeaderMax));
  }
  const std::vector<std::uint8_t> text = file.read_bytes(size, "the header");
  return {text.begin(), text.end()};
}

// How many values, of `width` bytes each.
std::size_t count_of(const Header& header, const std::vector<std::int64_t>& shape,
                     std::size_t width) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    // A size of 0 ends the search for one that is too large, as the array is empty then.
    if (size == 0) return 0;
    const std::size_t most = kDataFileMax / width / count;
    if (static_cast<std::uint64_t>(size) > most) header.fail("shape", "is too large");
    count *= static_cast<std::size_t>(size);
  }
  return count;
}

}  // namespace

NpyArray read_npy(const std::filesystem::path& path) {
  DataFile file(path);
  const std::string text = read_header(file);
  const Header header(path, kPrefix, text);
  if (header.is_true("fortran_order")) header.fail("fortran_order", "is True; allowed: False");
  const std::string_view type = header.text_of("descr");
  const bool bytes = type == "|u1" || type == "u1" || type == "<u1";
  if (!bytes && type != "<f4") {
    header.fail("descr", fmt::format("is {}; allowed: |u1 or <f4", printable(type)));
  }
  NpyArray array{header.shape_of("shape"), {}};
  const std::size_t width = bytes ? 1 : sizeof(float);
  std::vector<std::uint8_t> values =
      file.read_bytes(count_of(header, array.shape, width) * width, "the values");
  file.expect_end();
  if (bytes) {
    array.values = std::move(values);
  } else {
    std::vector<float> floats(values.size() / sizeof(float));
    if (!floats.empty()) std::memcpy(floats.data(), values.data(), values.size());
    array.values = std::move(floats);
  }
  return array;
}

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values) {
  std::int64_t count = 1;
  std::string sizes;
  for (const std::int64_t size : shape) {
    count *= size;
    sizes += fmt::format("{}, ", size);
  }
  CHECK(count == static_cast<std::int64_t>(values.size()), "{} values in a shape of {}",
        values.size(), count);
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", sizes);
  // The values begin at a multiple of 64 bytes, and a new line ends the header.
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << kMagic << '\x01' << '\0' << static_cast<char>(header.size() & 0xff)
       << static_cast<char>(header.size() >> 8) << header;
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size_bytes()));
  file.close();
  if (!file) {
    throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
  }
}

}  // namespace gradwire
