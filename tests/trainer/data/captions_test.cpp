// Words and their numbers; generated scenes; Flickr8k.
#include "trainer/data/captions.hpp"

#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "trainer/data/flickr8k.hpp"
#include "trainer/data/npy.hpp"
#include "trainer/data/scenes.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

TEST(Tokenise, TakesRunsOfLettersAndDigits) {
  EXPECT_THAT(tokenise("A girl's dog , running-fast at 9:30 !"),
              ElementsAre("a", "girls", "dog", "running", "fast", "at", "9", "30"));
  EXPECT_THAT(tokenise("'quoted' ''"), ElementsAre("quoted"));
  EXPECT_THAT(tokenise("Caf\xc3\xa9"), ElementsAre("caf\xc3\xa9"));
  EXPECT_THAT(tokenise(" .,'"), ElementsAre());
}

TEST(Vocabulary, NumbersWordsByHowOftenTheyOccur) {
  const std::vector<Words> texts = {tokenise("b a c b"), tokenise("a d"), tokenise("b")};
  const Vocabulary vocabulary(texts, 1);
  EXPECT_EQ(vocabulary.size(), 8);
  EXPECT_EQ(vocabulary.number_of("b"), 4);  // three times
  EXPECT_EQ(vocabulary.number_of("a"), 5);  // twice
  EXPECT_EQ(vocabulary.number_of("c"), 6);  // once, as d
  EXPECT_EQ(vocabulary.number_of("d"), 7);
  const Vocabulary frequent(texts, 2);
  EXPECT_EQ(frequent.size(), 6);
  EXPECT_EQ(frequent.number_of("c"), Vocabulary::kUnknown);
  EXPECT_THAT(frequent.encode(tokenise("a c b")),
              ElementsAre(Vocabulary::kStart, 5, Vocabulary::kUnknown, 4, Vocabulary::kEnd));
  EXPECT_THAT(frequent.decode(std::vector<std::int32_t>{1, 5, 3, 0, 4, 2, 4}),
              ElementsAre("a", "<unknown>", "b"));
}

TEST(Scenes, HaveFiveCaptionsThatAgreeWithEachOther) {
  const CaptionedDataset scenes = make_scenes(200, 10, 1);
  EXPECT_EQ(scenes.train.shape, (SampleShape{3, 32, 32}));
  EXPECT_EQ(scenes.train.pixels.size(), 200U * 3072);
  EXPECT_EQ(scenes.test.size(), 10);
  std::set<std::string> relations;
  for (const auto& captions : scenes.train.captions) {
    ASSERT_EQ(captions.size(), 5U);
    // "a red disc above a blue star" and "a blue star below a red disc".
    const Words& forth = captions[0];
    const Words& back = captions[2];
    EXPECT_EQ(forth[1], *(back.end() - 2));
    EXPECT_EQ(forth[2], back.back());
    EXPECT_EQ(back[1], *(forth.end() - 2));
    EXPECT_EQ(back[2], forth.back());
    EXPECT_NE(forth[3], back[3]);
    relations.insert(forth[3]);
  }
  EXPECT_THAT(relations, ElementsAre("above", "below", "left", "right"));
}

TEST(Scenes, TheFirstThingIsWhereTheCaptionSays) {
  // A red thing above a blue one: the upper half has more red than blue, the lower less.
  const CaptionedDataset scenes = make_scenes(2000, 0, 3);
  int found = 0;
  for (std::size_t i = 0; i < scenes.train.captions.size(); ++i) {
    const Words& caption = scenes.train.captions[i][0];
    if (caption[1] != "red" || caption[3] != "above" || *(caption.end() - 2) != "blue") continue;
    ++found;
    const auto* pixels = scenes.train.pixels.data() + i * 3072;
    std::int64_t difference[2] = {0, 0};
    for (int at = 0; at < 1024; ++at) difference[at / 512] += pixels[at] - pixels[2048 + at];
    EXPECT_GT(difference[0], 0) << i;
    EXPECT_LT(difference[1], 0) << i;
  }
  EXPECT_GE(found, 5);
}

TEST(Scenes, AreTheSameBytesEverywhere) {
  const CaptionedDataset scenes = make_scenes(100, 0, 42);
  EXPECT_EQ(crc32(0, scenes.train.pixels.data(), static_cast<unsigned>(scenes.train.pixels.size())),
            3806990328U);
}

class Flickr8k : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("flickr-test-" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "text");
    write("text/Flickr8k.token.txt",
          "a.jpg#0\tA dog .\na.jpg#1\tThe dog runs .\nb.jpg#0\tA cat\r\n\nc.jpg#0\tNo .\n"
          "not-there.jpg.1#0\tNobody looks\n");
    write("text/Flickr_8k.trainImages.txt", "b.jpg\na.jpg\n");
    write("text/Flickr_8k.devImages.txt", "c.jpg\n");
    write("text/Flickr_8k.testImages.txt", "c.jpg");
    write("features_names.txt", "a.jpg\nb.jpg\nc.jpg\n");
    write_npy(folder_ / "features.npy", std::vector<std::int64_t>{3, 2},
              std::vector<float>{1, 2, 3, 4, 5, 6});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  std::string refusal() {
    try {
      load_flickr8k(find_flickr8k(folder_));
    } catch (const DataError& error) {
      return std::string(error.what()).substr(folder_.string().size());
    }
    return "";
  }

  std::filesystem::path folder_;
};

TEST_F(Flickr8k, JoinsCaptionsListsAndFeatures) {
  const CaptionedDataset data = load_flickr8k(find_flickr8k(folder_));
  EXPECT_EQ(data.train.shape, (SampleShape{1, 1, 2}));
  EXPECT_THAT(data.train.features, ElementsAre(3, 4, 1, 2));
  EXPECT_THAT(data.train.captions,
              ElementsAre(ElementsAre(ElementsAre("a", "cat")),
                          ElementsAre(ElementsAre("a", "dog"), ElementsAre("the", "dog", "runs"))));
  EXPECT_THAT(data.test.features, ElementsAre(5, 6));
  EXPECT_EQ(data.validation.size(), 1);
}

TEST_F(Flickr8k, TurnsPixelsIntoPlanes) {
  // Three images of 1 x 2 pixels of red, green and blue.
  write("images32_names.txt", "a.jpg\nb.jpg\nc.jpg\n");
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1, 2, 3)}";
  write("images32_uint8.npy", std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) +
                                  '\0' + header + "rgbRGBrgbRGBrgbRGB");
  const CaptionedDataset data = load_flickr8k(find_flickr8k(folder_));
  EXPECT_EQ(data.test.shape, (SampleShape{3, 1, 2}));
  EXPECT_EQ(std::string(data.test.pixels.begin(), data.test.pixels.end()), "rRgGbB");
  EXPECT_EQ(data.test.scale.size(), 3U);
}

TEST_F(Flickr8k, RefusesWhatDoesNotFitTogether) {
  write("text/Flickr_8k.testImages.txt", "a.jpg\nd.jpg\n");
  EXPECT_EQ(refusal(), "/text/Flickr_8k.testImages.txt: offset 6: no image d.jpg");
  write("text/Flickr_8k.testImages.txt", "a.jpg\na.jpg\n");
  EXPECT_EQ(refusal(), "/text/Flickr_8k.testImages.txt: offset 6: a.jpg twice");
  write("text/Flickr_8k.testImages.txt", "");
  EXPECT_EQ(refusal(), "/text/Flickr_8k.testImages.txt: offset 0: no image");
  SetUp();
  write("features_names.txt", "a.jpg\nb.jpg\n");
  EXPECT_EQ(refusal(), "/features_names.txt: offset 0: 2 names for 3 images");
  write("features_names.txt", "a.jpg\nb.jpg\na.jpg\n");
  EXPECT_EQ(refusal(), "/features_names.txt: offset 12: a name for the second time");
  SetUp();
  write("text/Flickr8k.token.txt", "a.jpg#0\tA dog .\nb.jpg A cat\n");
  EXPECT_EQ(refusal(),
            "/text/Flickr8k.token.txt: offset 16: no caption; allowed: image name, #, number, tab, "
            "text");
  write("text/Flickr8k.token.txt", "a.jpg#0\t ...\n");
  EXPECT_EQ(refusal(), "/text/Flickr8k.token.txt: offset 0: a caption without words");
  write("text/Flickr8k.token.txt", "a.jpg#0\tA dog\n");
  EXPECT_EQ(refusal(), "/text/Flickr_8k.trainImages.txt: offset 0: no caption of b.jpg");
  write("text/Flickr8k.token.txt", std::string(5000, 'x'));
  EXPECT_EQ(refusal(), "/text/Flickr8k.token.txt: offset 0: a line of 5000 bytes; allowed: 4096");
  std::filesystem::remove(folder_ / "text/Flickr8k.token.txt");
  EXPECT_EQ(refusal(), ": no file Flickr8k.token.txt in this folder or in text/");
}

TEST(Flickr8kFiles, TheRealFilesAreRead) {
  const char* folder = std::getenv("GRADWIRE_DATA");
  if (folder == nullptr) GTEST_SKIP() << "GRADWIRE_DATA does not name a folder with flickr8k/";
  const CaptionedDataset data =
      load_flickr8k(find_flickr8k(std::filesystem::path(folder) / "flickr8k"));
  EXPECT_EQ(data.train.size(), 6000);
  EXPECT_EQ(data.validation.size(), 1000);
  EXPECT_EQ(data.test.size(), 1000);
  EXPECT_EQ(data.train.shape, (SampleShape{3, 32, 32}));
  for (const auto& captions : data.train.captions) ASSERT_EQ(captions.size(), 5U);
}

}  // namespace
}  // namespace gradwire
