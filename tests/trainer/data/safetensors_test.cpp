// The files are written by hand here: the length of the header, the header, the values.
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "trainer/data/dataset.hpp"
#include "trainer/data/named_tensors.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

std::string file_of(const std::string& header, const std::string& values) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + values;
}

template <typename T>
std::string bytes_of(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

class Safetensors : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("safetensors-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& bytes) const {
    const fs::path path = folder_ / "w.safetensors";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  std::vector<NamedTensor> read(const std::string& header, const std::string& values) const {
    return read_safetensors(write(file_of(header, values)));
  }

  // What follows the path; "read" if it is no mistake.
  std::string refusal(const std::string& bytes) const {
    const fs::path path = write(bytes);
    try {
      read_safetensors(path);
    } catch (const DataError& error) {
      const std::string what = error.what();
      EXPECT_TRUE(what.starts_with(path.string() + ": ")) << what;
      return what.substr(path.string().size() + 2);
    }
    return "read";
  }

  fs::path folder_;
};

TEST_F(Safetensors, AreReadInTheOrderOfTheirBytes) {
  const auto tensors = read(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,2],"data_offsets":[4,20]},)"
      R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
      R"("none":{"dtype":"F32","shape":[0,9],"data_offsets":[20,20]}}  )",
      bytes_of<float>({7, 1, 2, 3, 4}));
  const std::vector<NamedTensor> expected = {
      {"a", {}, {7}}, {"b", {2, 2}, {1, 2, 3, 4}}, {"none", {0, 9}, {}}};
  EXPECT_EQ(tensors, expected);
}

// Halves: sign, exponent - 15 in five bits, ten bits of fraction. 0x3e00 = 1.5, 0xc000 = -2,
// 0x0001 = 2^-24, 0x7bff = 65504, 0x7c00 = infinity. BF16 is the upper half of a float: 0x3fc0.
TEST_F(Safetensors, OfOtherPrecisionsBecomeFloats) {
  const auto halves = read(R"({"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]}})",
                           bytes_of<std::uint16_t>({0x3e00, 0xc000, 0x0001, 0x7bff, 0x7c00}));
  EXPECT_EQ(halves.at(0).values, (std::vector<float>{1.5F, -2.0F, std::ldexp(1.0F, -24), 65504.0F,
                                                     std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(read(R"({"b":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}})",
                 bytes_of<std::uint16_t>({0x3fc0}))
                .at(0)
                .values,
            std::vector<float>{1.5F});
  EXPECT_EQ(
      read(R"({"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", bytes_of<double>({0.1}))
          .at(0)
          .values,
      std::vector<float>{0.1F});
}

TEST_F(Safetensors, AreReadAsTheyWereWritten) {
  const std::vector<NamedTensor> tensors = {
      {"z", {2, 1}, {1, -2}}, {"a \"quoted\" name", {1}, {3}}, {"empty", {0}, {}}};
  const fs::path path = folder_ / "out.safetensors";
  write_safetensors(path, tensors);
  EXPECT_EQ(read_safetensors(path), tensors);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ((bytes.size() - 3 * sizeof(float)) % 8, 0U);
  EXPECT_FALSE(fs::exists(folder_ / "out.safetensors.next"));
}

TEST_F(Safetensors, LeaveNothingBehindWhereTheyCannotBe) {
  const fs::path path = folder_ / "taken";
  fs::create_directories(path / "by a folder");
  EXPECT_THROW(write_safetensors(path, {{"a", {1}, {1}}}), std::system_error);
  EXPECT_FALSE(fs::exists(folder_ / "taken.next"));
}

TEST_F(Safetensors, AreRefusedWithTheirOffset) {
  const std::string four(4, '\0');
  const auto one = [&four](const std::string& entry) { return file_of(entry, four); };
  EXPECT_EQ(refusal("1234567"), "offset 7: the file ends within the length of the header");
  EXPECT_EQ(refusal(std::string(8, '\xff')),
            "offset 0: no safetensors: a header of 18446744073709551615 bytes; allowed: 2 to "
            "4194304");
  EXPECT_EQ(refusal(std::string("\x40\0\0\0\0\0\0\0{}", 10)),
            "offset 10: the file ends within the header");
  EXPECT_EQ(refusal(file_of("[1]", "")), "offset 8: the header is no JSON object");
  EXPECT_EQ(refusal(file_of("{\"a\":}", "")), "offset 14: the header is no JSON from here on");
  EXPECT_EQ(refusal(file_of("{\"a\":1e999}", "")),
            "offset 8: the header has a number that is out of range");
  EXPECT_EQ(refusal(file_of(std::string(1000, '['), "")),
            "offset 8: the header is nested too deeply");
  EXPECT_EQ(refusal(file_of(R"({"__metadata__":{"a":1}})", "")),
            "offset 8: the header's '__metadata__' is no object of texts");
  EXPECT_EQ(refusal(one(R"({"a":{"dtype":"F32","shape":[1]}})")),
            "offset 8: the header's 'a' is no tensor; allowed: an object of dtype, shape and "
            "data_offsets");
  EXPECT_EQ(refusal(one(R"({"a":{"dtype":"I64","shape":[1],"data_offsets":[0,4]}})")),
            "offset 8: the header's 'a' has dtype I64; allowed: F32, F64, F16, BF16");
  EXPECT_EQ(refusal(one(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})")),
            "offset 8: the header's 'a' has a shape that is no list of whole numbers from 0 on");
  EXPECT_EQ(refusal(one(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})")),
            "offset 8: the header's 'a' has data_offsets [4,0]; allowed: a begin and an end, at "
            "most 1073741824");
  EXPECT_EQ(refusal(one(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})")),
            "offset 8: the header's 'a' has 4 bytes, and its shape [2] of F32 has another number "
            "of them");
  EXPECT_EQ(refusal(one(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,1],)"
                        R"("data_offsets":[0,4]}})")),
            "offset 8: the header's 'a' has 4 bytes, and its shape [4294967296,4294967296,1] of "
            "F32 has another number of them");
}

TEST_F(Safetensors, CoverEveryByteOnce) {
  const auto entry = [](const char* name, int begin) {
    return std::string("\"") + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[)" +
           std::to_string(begin) + "," + std::to_string(begin + 4) + "]}";
  };
  EXPECT_EQ(refusal(file_of("{" + entry("a", 0) + "," + entry("b", 2) + "}", std::string(6, '\0'))),
            "offset 8: the header's 'b' begins at byte 2 of the values; allowed: 4, where the one "
            "before ends");
  EXPECT_EQ(
      refusal(file_of("{" + entry("a", 0) + "," + entry("b", 8) + "}", std::string(12, '\0'))),
      "offset 8: the header's 'b' begins at byte 8 of the values; allowed: 4, where the one "
      "before ends");
  EXPECT_EQ(refusal(file_of("{" + entry("a", 0) + "," + entry("a", 4) + "}", std::string(8, '\0'))),
            "offset 8: the header's 'a' is given twice; allowed: once");
  const std::string whole = file_of("{" + entry("a", 0) + "}", std::string(4, '\0'));
  EXPECT_EQ(refusal(whole), "read");
  EXPECT_EQ(
      refusal(whole.substr(0, whole.size() - 1)),
      "offset " + std::to_string(whole.size() - 1) + ": the file ends within the values of 'a'");
  EXPECT_EQ(refusal(whole + "x"),
            "offset " + std::to_string(whole.size()) + ": more data than the header declares");
}

TEST_F(Safetensors, OrAFolderOfArrays) {
  const std::vector<NamedTensor> tensors = {{"0.bias", {1}, {3}}, {"0.weight", {1, 2}, {1, 2}}};
  write_npy_folder(folder_ / "arrays", tensors);
  EXPECT_EQ(read_tensors(folder_ / "arrays"), tensors);
  fs::create_directories(folder_ / "none");
  EXPECT_THROW(read_tensors(folder_ / "none"), DataError);
  EXPECT_THROW(read_tensors(folder_ / "nowhere"), DataError);
}

}  // namespace
}  // namespace gradwire
