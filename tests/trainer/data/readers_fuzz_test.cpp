// Every reader against files that are damaged at random: it reads them or refuses them with a
// DataError, and does nothing else.
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "tests/trainer/data/idx_bytes.hpp"
#include "trainer/data/cifar10.hpp"
#include "trainer/data/flickr8k.hpp"
#include "trainer/data/idx.hpp"
#include "trainer/data/npy.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string name;
  std::string bytes;
};

// Damage that keeps most of a file: bytes changed, numbers that are too large, parts cut out,
// doubled or cut off.
std::string damaged(std::string bytes) {
  const int changes = *rc::gen::inRange(1, 5);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const auto size = bytes.size();
    // Headers matter most.
    const auto at =
        *rc::gen::element(*rc::gen::inRange<std::size_t>(0, size),
                          *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(size, 120)));
    const auto count = std::min(*rc::gen::inRange<std::size_t>(1, 9), size - at);
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
        break;
      case 1:
        bytes.replace(at, count, std::string(count, '\xff'));
        break;
      case 2:
        bytes.erase(at, count);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, count));
        break;
      case 4:
        bytes.resize(at);
        break;
      default:
        bytes.insert(at, *rc::gen::container<std::string>(rc::gen::character<char>()));
        break;
    }
  }
  return bytes;
}

class Readers : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("readers-fuzz-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const File& file) {
    std::ofstream(folder_ / file.name, std::ios::binary) << file.bytes;
  }

  // Reads the whole files once, then with one of them damaged.
  void check(const std::vector<File>& files, const std::function<void()>& read) {
    for (const File& file : files) write(file);
    read();
    EXPECT_TRUE(rc::check([&] {
      const File& chosen = *rc::gen::elementOf(files);
      write({chosen.name, damaged(chosen.bytes)});
      try {
        read();
      } catch (const DataError& error) {
        const std::string what = error.what();
        RC_ASSERT(what.find(folder_.string()) == 0U);
        RC_ASSERT(std::ranges::all_of(what, [](char c) { return c >= ' ' && c <= '~'; }));
      }
      write(chosen);
    }));
  }

  fs::path folder_;
};

TEST_F(Readers, Idx) {
  using idx_bytes::images;
  const std::string labels = idx_bytes::labels(std::string("\0\1\2\3", 4));
  const std::string pixels(24, 'a');
  check({{"train-images-idx3-ubyte", images(4, 2, 3, pixels)},
         {"train-labels-idx1-ubyte.gz", idx_bytes::gzipped(labels)},
         {"t10k-images-idx3-ubyte.gz", idx_bytes::gzipped(images(4, 2, 3, pixels))},
         {"t10k-labels-idx1-ubyte", labels}},
        [&] { load_idx(folder_, {}, {}); });
}

TEST_F(Readers, Cifar10) {
  check({{"data_batch_1.bin", std::string(2 * 3073, '\3')},
         {"test_batch.bin", std::string(3073, '\3')}},
        [&] { load_cifar10(folder_, {}, {}); });
}

TEST_F(Readers, Npy) {
  write_npy(folder_ / "whole.npy", std::vector<std::int64_t>{2, 3},
            std::vector<float>{1, 2, 3, 4, 5, 6});
  std::ifstream whole(folder_ / "whole.npy", std::ios::binary);
  check({{"a.npy", {std::istreambuf_iterator<char>(whole), {}}}},
        [&] { read_npy(folder_ / "a.npy"); });
}

TEST_F(Readers, Flickr8k) {
  write_npy(folder_ / "features.npy", std::vector<std::int64_t>{2, 1}, std::vector<float>{1, 2});
  std::ifstream features(folder_ / "features.npy", std::ios::binary);
  const std::string array{std::istreambuf_iterator<char>(features), {}};
  check({{"Flickr8k.token.txt", "a.jpg#0\tA dog .\nb.jpg#0\tA cat and a dog .\n"},
         {"Flickr_8k.trainImages.txt", "a.jpg\n"},
         {"Flickr_8k.devImages.txt", "b.jpg\n"},
         {"Flickr_8k.testImages.txt", "b.jpg\n"},
         {"features_names.txt", "a.jpg\nb.jpg\n"},
         {"features.npy", array}},
        [&] { load_flickr8k(find_flickr8k(folder_)); });
}

}  // namespace
}  // namespace gradwire
