#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "tests/trainer/data/jpeg_bytes.hpp"
#include "trainer/data/flickr8k.hpp"
#include "trainer/data/image_folders.hpp"
#include "trainer/data/jpeg.hpp"
#include "trainer/data/npy.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;
using jpeg_bytes::bands;
using testing::ElementsAre;
using testing::HasSubstr;

MATCHER_P(Near, value, "") { return std::abs(int{arg} - int{value}) <= 2; }

class Photographs : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("photographs-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& bytes) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  // What follows the path of a file.
  std::string refusal(const std::string& bytes) const {
    const fs::path path = write("refused.jpg", bytes);
    try {
      read_jpeg(path, {2, 2});
    } catch (const DataError& error) {
      const std::string what = error.what();
      EXPECT_TRUE(what.starts_with(path.string() + ": ")) << what;
      return what.substr(path.string().size() + 2);
    }
    return "read";
  }

  template <typename Load>
  std::string refusal_of(Load load) const {
    try {
      load();
    } catch (const DataError& error) {
      return error.what();
    }
    return "read";
  }

  fs::path folder_;
};

TEST_F(Photographs, HavePlanesOfRedGreenAndBlue) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64; ++i) pixels.insert(pixels.end(), {200, 100, 50});
  const fs::path path = write("a.jpg", jpeg_bytes::encoded(pixels, 8, 8));
  EXPECT_THAT(read_jpeg(path, {1, 2}),
              ElementsAre(Near(200), Near(200), Near(100), Near(100), Near(50), Near(50)));
}

// Three bands of 8 columns made into two of 12: (8 x 0 + 4 x 90) / 12 = 30, and
// (4 x 90 + 8 x 255) / 12 = 200. One made into four keeps its grey.
TEST_F(Photographs, AreMeansOfTheAreasThatPixelsCover) {
  const fs::path three = write("three.jpg", bands({0, 90, 255}));
  const std::vector<std::uint8_t> planes = read_jpeg(three, {1, 2});
  EXPECT_THAT(planes, ElementsAre(Near(30), Near(200), Near(30), Near(200), Near(30), Near(200)));
  EXPECT_THAT(read_jpeg(three, {16, 48}), testing::SizeIs(3 * 16 * 48));
  EXPECT_THAT(read_jpeg(write("one.jpg", bands({77})), {32, 32}), testing::Each(Near(77)));
}

TEST_F(Photographs, AreRefusedWhenTheyAreNoWholeJpeg) {
  const std::string whole = bands({0, 90, 255});
  EXPECT_EQ(refusal(whole), "read");
  EXPECT_THAT(refusal("\x89PNG"), HasSubstr("offset 0: no whole JPEG: "));
  EXPECT_THAT(refusal(""), HasSubstr("offset 0: no whole JPEG: "));
  EXPECT_THAT(refusal(whole.substr(0, whole.size() / 2)), HasSubstr("no whole JPEG"));
  EXPECT_THAT(refusal(whole.substr(0, whole.size() - 30)), HasSubstr("no whole JPEG"));
  EXPECT_THAT(refusal_of([&] {
                read_jpeg(folder_ / "none.jpg", {1, 1});
              }),
              HasSubstr("none.jpg: cannot be opened"));
}

// A frame header is ff c0, its length in two bytes, 8 bits a sample, then height and width.
TEST_F(Photographs, AreRefusedWhenTheyClaimToBeHuge) {
  std::string huge = bands({0});
  const std::size_t frame = huge.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  huge.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
  EXPECT_EQ(refusal(huge),
            "offset 0: a picture of 65500 x 65500 pixels; allowed: 1 to 8192 a side");
}

TEST_F(Photographs, AreKnownByTheirNames) {
  EXPECT_TRUE(is_jpeg_name("a/b.jpg") && is_jpeg_name("B.JPEG") && is_jpeg_name("c.d.Jpg"));
  EXPECT_FALSE(is_jpeg_name("jpg") || is_jpeg_name("a.png") || is_jpeg_name("a.jpg.txt"));
}

TEST_F(Photographs, InFoldersHaveThemAsClasses) {
  write("train/dog/2.jpg", bands({20}));
  write("train/dog/1.jpeg", bands({10}));
  write("train/dog/notes.txt", "none");
  write("train/cat/3.jpg", bands({30}));
  write("test/dog/4.JPG", bands({40}));
  const Dataset data = load_image_folders(folder_, 2, {});
  EXPECT_EQ(data.train.shape, (SampleShape{3, 2, 2}));
  EXPECT_EQ(data.train.classes, 2);
  // One of each class in turn, classes and files by name: cat 3, dog 1, dog 2.
  EXPECT_THAT(data.train.labels, ElementsAre(0, 1, 1));
  ASSERT_EQ(data.train.pixels.size(), 3U * 12);
  EXPECT_THAT(data.train.pixels[0], Near(30));
  EXPECT_THAT(data.train.pixels[12], Near(10));
  EXPECT_THAT(data.train.pixels[24], Near(20));
  EXPECT_THAT(data.test.labels, ElementsAre(1));
  EXPECT_EQ(data.test.scale.size(), 3U);
  EXPECT_THAT(load_image_folders(folder_, 2, {.train = 2}).train.labels, ElementsAre(0, 1));
}

TEST_F(Photographs, InFoldersAreRefusedWhereSomeAreMissing) {
  const auto load = [&] { load_image_folders(folder_, 2, {}); };
  EXPECT_THAT(refusal_of(load), HasSubstr("/train: cannot be listed"));
  fs::create_directories(folder_ / "train");
  EXPECT_THAT(refusal_of(load), HasSubstr("/train: 0 folders; allowed: 1 to 256, one a class"));
  fs::create_directories(folder_ / "train" / "cat");
  EXPECT_THAT(refusal_of(load), HasSubstr("/train/cat: no file *.jpg in this folder"));
  write("train/cat/1.jpg", bands({1}));
  write("test/dog/1.jpg", bands({1}));
  EXPECT_THAT(refusal_of(load), HasSubstr("/test/dog: a class that is not in train/"));
  fs::remove_all(folder_ / "test");
  write("test/cat/1.jpg", "no picture");
  EXPECT_THAT(refusal_of(load), HasSubstr("/test/cat/1.jpg: offset 0: no whole JPEG"));
  EXPECT_THAT(refusal_of([&] { load_image_folders(folder_, 2, {.train = 2}); }),
              HasSubstr("/train: 1 pictures, but 2 are wanted"));
}

class Flickr8kPhotographs : public Photographs {
 protected:
  void SetUp() override {
    Photographs::SetUp();
    write("Flickr8k.token.txt", "a.jpg#0\tA dog .\nb.jpg#0\tA cat .\n../c.jpg#0\tA bird .\n");
    for (const char* part : {"train", "dev", "test"}) list(part, "a.jpg\n");
    write("Flicker8k_Dataset/a.jpg", bands({50}));
    write("Flicker8k_Dataset/b.jpg", bands({150}));
  }

  void list(const std::string& part, const std::string& names) const {
    write("Flickr_8k." + part + "Images.txt", names);
  }
};

TEST_F(Flickr8kPhotographs, AreReadWhereThereIsNothingElse) {
  list("train", "b.jpg\na.jpg\n");
  const CaptionedDataset data = load_flickr8k(find_flickr8k(folder_));
  EXPECT_EQ(data.train.shape, (SampleShape{3, kUsualSide, kUsualSide}));
  EXPECT_EQ(data.train.size(), 2);
  EXPECT_THAT(data.train.pixels.front(), Near(150));
  EXPECT_THAT(data.train.pixels.back(), Near(50));
}

TEST_F(Flickr8kPhotographs, AreReadWhereASizeIsWanted) {
  write_npy(folder_ / "features.npy", std::vector<std::int64_t>{1, 2}, std::vector<float>{1, 2});
  write("features_names.txt", "a.jpg\n");
  EXPECT_EQ(load_flickr8k(find_flickr8k(folder_)).train.shape, (SampleShape{1, 1, 2}));
  EXPECT_EQ(load_flickr8k(find_flickr8k(folder_, 5)).train.shape, (SampleShape{3, 5, 5}));
  fs::remove_all(folder_ / "Flicker8k_Dataset");
  EXPECT_THAT(refusal_of([&] { find_flickr8k(folder_, 5); }),
              HasSubstr("no folder Flicker8k_Dataset, Images or images with photographs"));
}

TEST_F(Flickr8kPhotographs, AreNoneOutsideOfTheirFolder) {
  write("c.jpg", bands({1}));
  list("test", "../c.jpg\n");
  EXPECT_THAT(refusal_of([&] { load_flickr8k(find_flickr8k(folder_)); }),
              HasSubstr("Flickr_8k.testImages.txt: offset 0: no image ../c.jpg"));
}

}  // namespace
}  // namespace gradwire
