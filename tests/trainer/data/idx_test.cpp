#include "trainer/data/idx.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/trainer/data/idx_bytes.hpp"

namespace gradwire {
namespace {

using idx_bytes::gzipped;
using idx_bytes::images;
using idx_bytes::labels;
using idx_bytes::number;

// A folder with a small correct data set: three training images of 2 x 3, two for testing.
class Idx : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "gradwire-idx-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("train-images-idx3-ubyte", images(3, 2, 3, std::string("abcdefghijklmnopqr")));
    write("train-labels-idx1-ubyte", labels(std::string("\0\2\1", 3)));
    write("t10k-images-idx3-ubyte", images(2, 2, 3, "stuvwxyzABCD"));
    write("t10k-labels-idx1-ubyte", labels("\1\2"));
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  void replace(const std::string& name, const std::string& other_name, const std::string& bytes) {
    std::filesystem::remove(folder_ / name);
    write(other_name, bytes);
  }

  // The message of the refusal, the folder's path taken off; empty if there is none.
  std::string refusal(std::optional<std::int64_t> train_limit = {},
                      std::optional<std::int64_t> test_limit = {}) {
    try {
      load_idx(folder_, train_limit, test_limit);
    } catch (const DataError& error) {
      const std::string message = error.what();
      return message.starts_with(folder_.string()) ? message.substr(folder_.string().size())
                                                   : message;
    }
    return "";
  }

  std::filesystem::path folder_;
};

TEST_F(Idx, ReadsBothSplits) {
  const Dataset data = load_idx(folder_, {}, {});
  EXPECT_EQ(data.name, folder_.filename());
  EXPECT_EQ(data.train.size(), 3);
  EXPECT_EQ(data.train.shape, (SampleShape{1, 2, 3}));
  EXPECT_EQ(data.train.classes, 3);
  EXPECT_EQ(std::string(data.train.pixels.begin(), data.train.pixels.end()), "abcdefghijklmnopqr");
  EXPECT_EQ(data.train.labels, (std::vector<std::uint8_t>{0, 2, 1}));
  EXPECT_EQ(data.test.size(), 2);
  EXPECT_EQ(data.test.classes, 3);
  EXPECT_EQ(std::string(data.test.pixels.begin(), data.test.pixels.end()), "stuvwxyzABCD");
  EXPECT_EQ(data.test.labels, (std::vector<std::uint8_t>{1, 2}));
}

TEST_F(Idx, ReadsGzipAndTheOtherSpelling) {
  replace("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz",
          gzipped(images(3, 2, 3, "abcdefghijklmnopqr")));
  replace("train-labels-idx1-ubyte", "train-labels.idx1-ubyte", labels(std::string("\0\2\1", 3)));
  replace("t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte.gz", gzipped(labels("\1\2")));
  const Dataset data = load_idx(folder_, {}, {});
  EXPECT_EQ(std::string(data.train.pixels.begin(), data.train.pixels.end()), "abcdefghijklmnopqr");
  EXPECT_EQ(data.train.labels, (std::vector<std::uint8_t>{0, 2, 1}));
  EXPECT_EQ(data.test.labels, (std::vector<std::uint8_t>{1, 2}));
}

TEST_F(Idx, LimitsKeepTheFirstSamplesAndTheClassesOfAll) {
  const Dataset data = load_idx(folder_, 1, 1);
  EXPECT_EQ(std::string(data.train.pixels.begin(), data.train.pixels.end()), "abcdef");
  EXPECT_EQ(data.train.labels, (std::vector<std::uint8_t>{0}));
  EXPECT_EQ(data.train.classes, 3);
  EXPECT_EQ(data.test.size(), 1);
  EXPECT_EQ(refusal(4), "/train-images-idx3-ubyte: offset 4: 3 images, but 4 are wanted");
  EXPECT_EQ(refusal({}, 9), "/t10k-images-idx3-ubyte: offset 4: 2 images, but 9 are wanted");
}

TEST_F(Idx, RefusesMissingFiles) {
  std::filesystem::remove(folder_ / "t10k-labels-idx1-ubyte");
  EXPECT_EQ(refusal(),
            ": no file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz in this folder");
  folder_ /= "none";
  EXPECT_EQ(refusal(), ": no such folder");
}

TEST_F(Idx, RefusesWhatCannotBeRead) {
  std::filesystem::remove(folder_ / "train-labels-idx1-ubyte");
  std::filesystem::create_directory(folder_ / "train-labels-idx1-ubyte");
  EXPECT_EQ(refusal().substr(0, 52), "/train-labels-idx1-ubyte: offset 0: cannot be read: ");
}

TEST_F(Idx, RefusesAWrongMagicNumber) {
  write("train-images-idx3-ubyte", labels("\1\2\3"));
  EXPECT_EQ(refusal(),
            "/train-images-idx3-ubyte: offset 0: magic number 0x00000801; allowed: 0x00000803");
  SetUp();
  write("t10k-labels-idx1-ubyte", images(2, 2, 3, "stuvwxyzABCD"));
  EXPECT_EQ(refusal(),
            "/t10k-labels-idx1-ubyte: offset 0: magic number 0x00000803; allowed: 0x00000801");
}

TEST_F(Idx, RefusesSizesOutOfRange) {
  const std::string rest = "; allowed: at least 1 of 1 x 1, at most 1073741824 bytes";
  struct Case {
    std::array<std::uint32_t, 3> size;
    std::string said;
  };
  for (const Case& bad :
       {Case{{0, 2, 3}, "0 images of 2 x 3"}, Case{{3, 0, 3}, "3 images of 0 x 3"},
        Case{{3, 2, 0}, "3 images of 2 x 0"},
        Case{{4294967295, 2, 3}, "4294967295 images of 2 x 3"},
        // The product of these is 2^96; of those, 0 in 64 bits.
        Case{{4294967295, 4294967295, 4294967295}, "4294967295 images of 4294967295 x 4294967295"},
        Case{{1U << 31, 1U << 31, 4}, "2147483648 images of 2147483648 x 4"}}) {
    write("train-images-idx3-ubyte", images(bad.size[0], bad.size[1], bad.size[2], "abc"));
    EXPECT_EQ(refusal(), "/train-images-idx3-ubyte: offset 4: " + bad.said + rest);
  }
}

TEST_F(Idx, RefusesAFileThatIsTooShort) {
  write("train-images-idx3-ubyte", number(0x803) + number(3).substr(0, 2));
  EXPECT_EQ(refusal(), "/train-images-idx3-ubyte: offset 6: the file ends within the header");
  write("train-images-idx3-ubyte", "");
  EXPECT_EQ(refusal(), "/train-images-idx3-ubyte: offset 0: the file ends within the header");
  write("train-images-idx3-ubyte", images(3, 2, 3, "abcdefghijklmnopq"));
  EXPECT_EQ(refusal(), "/train-images-idx3-ubyte: offset 33: the file ends within the images");
  SetUp();
  write("train-labels-idx1-ubyte", number(0x801) + number(3) + "\1\2");
  EXPECT_EQ(refusal(), "/train-labels-idx1-ubyte: offset 10: the file ends within the labels");
}

TEST_F(Idx, AFileThatClaimsMuchCostsLittle) {
  // 1 GiB declared, 3 bytes there.
  write("train-images-idx3-ubyte", images(1U << 20, 32, 32, "abc"));
  EXPECT_EQ(refusal(), "/train-images-idx3-ubyte: offset 19: the file ends within the images");
}

TEST_F(Idx, RefusesAFileThatIsTooLong) {
  write("train-images-idx3-ubyte", images(3, 2, 3, "abcdefghijklmnopqrs"));
  EXPECT_EQ(refusal(), "/train-images-idx3-ubyte: offset 34: more data than the header declares");
  // A gzip file that would expand to 64 MiB is read to the declared size only.
  replace("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz",
          gzipped(images(3, 2, 3, std::string(std::size_t{1} << 26, 'a'))));
  EXPECT_EQ(refusal(),
            "/train-images-idx3-ubyte.gz: offset 34: more data than the header declares");
}

TEST_F(Idx, RefusesADamagedGzipFile) {
  const std::string good = gzipped(images(3, 2, 3, "abcdefghijklmnopqr"));
  std::filesystem::remove(folder_ / "train-images-idx3-ubyte");
  const std::string name = "train-images-idx3-ubyte.gz";

  // The offset is where zlib noticed, which may be before it has handed anything out.
  const auto refused_as = [&](const std::string& problem) {
    return testing::MatchesRegex("/" + name + ": offset [0-9]+: the gzip stream is " + problem);
  };
  write(name, good.substr(0, good.size() - 8));  // without its checksum
  EXPECT_THAT(refusal(), refused_as("cut off"));
  write(name, good.substr(0, 12));
  EXPECT_THAT(refusal(), refused_as("cut off"));

  std::string bad_checksum = good;
  bad_checksum[good.size() - 8] ^= 1;
  write(name, bad_checksum);
  EXPECT_THAT(refusal(), refused_as("damaged: incorrect data check"));

  std::string bad_block = good;
  bad_block[10] = '\xff';  // a block of the type that does not exist
  write(name, bad_block);
  EXPECT_THAT(refusal(), refused_as("damaged: invalid block type"));
}

TEST_F(Idx, RefusesPartsThatDoNotFitTogether) {
  write("train-labels-idx1-ubyte", labels("\1\2"));
  EXPECT_EQ(refusal(), "/train-labels-idx1-ubyte: offset 4: 2 labels for 3 images");
  SetUp();
  write("t10k-images-idx3-ubyte", images(2, 3, 2, "stuvwxyzABCD"));
  EXPECT_EQ(refusal(),
            "/t10k-images-idx3-ubyte: offset 8: images of 3 x 2; allowed: 2 x 3, as those for "
            "training");
  SetUp();
  write("t10k-labels-idx1-ubyte", labels("\1\3"));
  EXPECT_EQ(refusal(),
            "/t10k-labels-idx1-ubyte: offset 9: label 3; allowed: 0 to 2, as in training");
}

TEST(IdxMnist, TheRealFilesAreRead) {
  const char* folder = std::getenv("GRADWIRE_DATA");
  if (folder == nullptr) GTEST_SKIP() << "GRADWIRE_DATA does not name a folder with mnist/";
  const Dataset mnist = load_idx(std::filesystem::path(folder) / "mnist", {}, {});
  EXPECT_EQ(mnist.name, "mnist");
  EXPECT_EQ(mnist.train.size(), 60000);
  EXPECT_EQ(mnist.test.size(), 10000);
  EXPECT_EQ(mnist.train.shape, (SampleShape{1, 28, 28}));
  EXPECT_EQ(mnist.train.classes, 10);
  // The first training labels, as every tutorial shows them.
  EXPECT_EQ(std::vector<std::uint8_t>(mnist.train.labels.begin(), mnist.train.labels.begin() + 8),
            (std::vector<std::uint8_t>{5, 0, 4, 1, 9, 2, 1, 3}));
  double sum = 0;
  double squares = 0;
  for (const std::uint8_t pixel : mnist.train.pixels) {
    sum += pixel / 255.0;
    squares += (pixel / 255.0) * (pixel / 255.0);
  }
  const auto count = static_cast<double>(mnist.train.pixels.size());
  const double mean = sum / count;
  EXPECT_NEAR(mean, kInkScale.mean, 5e-5);
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), kInkScale.deviation, 5e-5);
}

}  // namespace
}  // namespace gradwire
