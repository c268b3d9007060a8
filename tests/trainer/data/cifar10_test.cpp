#include "trainer/data/cifar10.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>

namespace gradwire {
namespace {

// A record whose pixels are all the same.
std::string record(char label, char pixel) { return label + std::string(3072, pixel); }

class Cifar10 : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cifar10-test-" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "more");
    write("data_batch_2.bin", record(2, 'c'));
    write("data_batch_1.bin", record(9, 'a') + record(0, 'b'));
    write("test_batch.bin", record(1, 'x'));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  // The message of the refusal, the folder's path taken off; empty if there is none.
  std::string refusal(std::optional<std::int64_t> train = {},
                      std::optional<std::int64_t> test = {}) {
    try {
      load_cifar10(folder_, train, test);
    } catch (const DataError& error) {
      return std::string(error.what()).substr(folder_.string().size());
    }
    return "";
  }

  std::filesystem::path folder_;
};

TEST_F(Cifar10, ReadsAllPartsInTheOrderOfTheirNames) {
  write("more/data_batch_1.b.bin", record(3, 'd'));
  write("data_batch_1.txt", "not a part");
  const Dataset data = load_cifar10(folder_, {}, {});
  EXPECT_EQ(data.train.shape, (SampleShape{3, 32, 32}));
  EXPECT_EQ(data.train.classes, 10);
  EXPECT_EQ(data.train.labels, (std::vector<std::uint8_t>{3, 9, 0, 2}));
  EXPECT_EQ(data.train.pixels.size(), 4U * 3072);
  EXPECT_EQ(data.train.pixels[0], 'd');
  EXPECT_EQ(data.train.pixels[2 * 3072], 'b');
  EXPECT_EQ(data.test.labels, (std::vector<std::uint8_t>{1}));
}

TEST_F(Cifar10, LimitsKeepTheFirstSamples) {
  write("data_batch_2.bin", record(99, 'c'));  // never read
  EXPECT_EQ(load_cifar10(folder_, 2, 1).train.labels, (std::vector<std::uint8_t>{9, 0}));
  EXPECT_EQ(load_cifar10(folder_, 1, 1).train.labels, (std::vector<std::uint8_t>{9}));
  EXPECT_EQ(refusal(2, 7), ": 1 samples in test_batch*.bin, but 7 are wanted");
}

TEST_F(Cifar10, RefusesWhatIsNoWholeRecord) {
  const std::string allowed =
      "; allowed: a multiple of 3073, at least one and at most 1073741824 bytes";
  write("data_batch_1.bin", record(1, 'a') + "short");
  EXPECT_EQ(refusal(), "/data_batch_1.bin: offset 3073: 3078 bytes" + allowed);
  write("data_batch_1.bin", "");
  EXPECT_EQ(refusal(), "/data_batch_1.bin: offset 0: 0 bytes" + allowed);
  // A sparse file that takes no place on the disk.
  std::filesystem::resize_file(folder_ / "data_batch_1.bin", std::uintmax_t{3073} << 20);
  EXPECT_TRUE(refusal().ends_with(allowed)) << refusal();
}

TEST_F(Cifar10, RefusesLabelsThatDoNotExist) {
  write("data_batch_1.bin", record(9, 'a') + record(10, 'b'));
  EXPECT_EQ(refusal(), "/data_batch_1.bin: offset 3073: label 10; allowed: 0 to 9");
}

TEST_F(Cifar10, RefusesMissingFiles) {
  std::filesystem::remove(folder_ / "test_batch.bin");
  EXPECT_EQ(refusal(), ": no file test_batch*.bin in this folder");
  std::filesystem::create_directory(folder_ / "test_batch.bin");
  EXPECT_EQ(refusal(), ": no file test_batch*.bin in this folder");
  folder_ /= "none";
  EXPECT_EQ(refusal(), ": no such folder");
}

TEST(Cifar10Files, TheRealFilesAreRead) {
  const char* folder = std::getenv("GRADWIRE_DATA");
  if (folder == nullptr) GTEST_SKIP() << "GRADWIRE_DATA does not name a folder with cifar10/";
  const Dataset data = load_cifar10(std::filesystem::path(folder) / "cifar10", {}, {});
  EXPECT_EQ(data.train.size(), 10000);
  EXPECT_EQ(data.test.size(), 2000);
  // The first labels of data_batch_1: frog, truck, truck, deer, automobile.
  EXPECT_EQ(std::vector<std::uint8_t>(data.train.labels.begin(), data.train.labels.begin() + 5),
            (std::vector<std::uint8_t>{6, 9, 9, 4, 1}));
  // A fifth of the training images, some of them decoded from JPEG: near the constants of all.
  for (std::size_t channel = 0; channel < 3; ++channel) {
    double sum = 0;
    double squares = 0;
    for (std::size_t image = 0; image < 10000; ++image) {
      for (std::size_t i = 0; i < 1024; ++i) {
        const double pixel = data.train.pixels[image * 3072 + channel * 1024 + i] / 255.0;
        sum += pixel;
        squares += pixel * pixel;
      }
    }
    const double mean = sum / 10240000;
    EXPECT_NEAR(mean, kCifar10Scale.at(channel).mean, 0.01);
    EXPECT_NEAR(std::sqrt(squares / 10240000 - mean * mean), kCifar10Scale.at(channel).deviation,
                0.01);
  }
}

}  // namespace
}  // namespace gradwire
