#include "sim/fetch/catalogue.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

#include "sim/fetch/download.hpp"

namespace gradwire {
namespace {

TEST(Catalogue, EveryRowIsComplete) {
  std::set<std::string> names;
  for (const RemoteDataset& dataset : known_datasets()) {
    EXPECT_TRUE(names.insert(dataset.name).second) << dataset.name << " twice";
    EXPECT_FALSE(dataset.mirrors.empty()) << dataset.name;
    for (const std::string& mirror : dataset.mirrors) {
      EXPECT_TRUE(is_downloadable(mirror) && mirror.ends_with('/')) << mirror;
    }
    EXPECT_FALSE(dataset.files.empty()) << dataset.name;
    for (const RemoteFile& file : dataset.files) {
      EXPECT_GT(file.bytes, 0) << file.name;
      EXPECT_EQ(file.checksum.size(), file.algorithm == "sha256" ? 64U : 32U) << file.name;
      EXPECT_EQ(file.checksum.find_first_not_of("0123456789abcdef"), std::string::npos)
          << file.name;
    }
  }
  EXPECT_TRUE(names.contains("mnist"));
}

TEST(Catalogue, NamesWhatThereIs) {
  EXPECT_EQ(known_dataset("mnist").files.size(), 4U);
  try {
    known_dataset("mnits");
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "mnits: no such data set; allowed: mnist, fashion-mnist");
  }
}

TEST(Catalogue, TheRealFilesAreRight) {
  const char* folder = std::getenv("GRADWIRE_DATA");
  if (folder == nullptr) GTEST_SKIP() << "GRADWIRE_DATA does not name a folder with mnist/";
  FetchOptions options;
  options.to = std::filesystem::path(folder) / "mnist";
  options.mirrors = {"file:///nowhere"};  // nothing may be downloaded over them
  EXPECT_EQ(fetch(known_dataset("mnist"), options).already_there, 4);
}

}  // namespace
}  // namespace gradwire
