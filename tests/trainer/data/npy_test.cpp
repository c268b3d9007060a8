#include "trainer/data/npy.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "trainer/data/dataset.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

class Npy : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  void write(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

  // A file of version 1.0 with this header.
  void write(const std::string& header, const std::string& values) {
    write(std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header +
          values);
  }

  std::string refusal() {
    try {
      read_npy(path_);
    } catch (const DataError& error) {
      return std::string(error.what()).substr(path_.string().size());
    }
    return "";
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("npy-test-" + std::to_string(getpid()));
};

TEST_F(Npy, ReadsWhatItWrites) {
  const std::vector<float> values = {1.5F, -2, 3, 4, 5, 1e-30F};
  write_npy(path_, std::vector<std::int64_t>{3, 2}, values);
  const NpyArray array = read_npy(path_);
  EXPECT_THAT(array.shape, ElementsAre(3, 2));
  EXPECT_EQ(std::get<std::vector<float>>(array.values), values);
  std::ifstream file(path_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(bytes.size(), 128U + 24);  // the header is filled up to a multiple of 64
  EXPECT_EQ(bytes[127], '\n');
}

TEST_F(Npy, ReadsBytesAndOtherSpellings) {
  write(R"({"shape": (2,3), "descr": "|u1", "fortran_order": False})", "abcdef");
  const NpyArray array = read_npy(path_);
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_EQ(std::get<std::vector<std::uint8_t>>(array.values).size(), 6U);
  write("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "\1\2\3\4");
  EXPECT_THAT(read_npy(path_).shape, ElementsAre());
  write("{'descr': '|u1', 'fortran_order': False, 'shape': (5, 0), }", "");
  EXPECT_THAT(read_npy(path_).shape, ElementsAre(5, 0));
}

TEST_F(Npy, RefusesWhatItCannotRead) {
  write("PK\3\4 something else entirely");
  EXPECT_EQ(refusal(), ": offset 0: not an array of NumPy: it begins with other bytes");
  write(std::string("\x93NUMPY\x09\0\0\0", 10));
  EXPECT_EQ(refusal(), ": offset 6: version 9; allowed: 1 to 3");
  write("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "12345678");
  EXPECT_EQ(refusal(), ": offset 10: the header's 'descr' is <f8; allowed: |u1 or <f4");
  // What a file says must not break a line, nor a terminal.
  write("{'descr': '<\n\x1b[2J', 'fortran_order': False, 'shape': (1,)}", "1234");
  EXPECT_EQ(refusal(), ": offset 10: the header's 'descr' is <??[2J; allowed: |u1 or <f4");
  write("{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", "1234");
  EXPECT_EQ(refusal(), ": offset 10: the header's 'fortran_order' is True; allowed: False");
  write("{'descr': '<f4', 'shape': (1,)}", "1234");
  EXPECT_EQ(refusal(), ": offset 10: the header's 'fortran_order' is missing");
  for (const char* shape : {"(1, -2)", "(a)", "(99999999999999999999)", "(1 2)"}) {
    write("{'descr': '<f4', 'fortran_order': False, 'shape': " + std::string(shape) + "}", "1234");
    EXPECT_THAT(refusal(), testing::StartsWith(": offset 10: the header's 'shape' has no "))
        << shape;
  }
}

TEST_F(Npy, AFileThatClaimsMuchCostsLittle) {
  // The product of the first is 2^64 values, 0 in 64 bits; the second is a gibibyte that is not
  // there.
  write("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "1234");
  EXPECT_EQ(refusal(), ": offset 10: the header's 'shape' is too large");
  write("{'descr': '|u1', 'fortran_order': False, 'shape': (1073741824,)}", "1234");
  EXPECT_THAT(refusal(), testing::EndsWith("the file ends within the values"));
  write("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", "1234");
  EXPECT_THAT(refusal(), testing::EndsWith("more data than the header declares"));
}

}  // namespace
}  // namespace gradwire
