// Files that are damaged at random, for the tests of what reads them: it reads them or refuses them
// with its own kind of error, and does nothing else.
#pragma once

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace gradwire {

struct File {
  std::string name;
  std::string bytes;
};

/// Damage that keeps most of a file: bytes changed, numbers that are too large, parts cut out,
/// doubled or cut off, and what else is put in between.
inline std::string damaged(std::string bytes, const std::vector<std::string>& put_in = {}) {
  const int changes = *rc::gen::inRange(1, 5);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const auto size = bytes.size();
    // Headers matter most.
    const auto at =
        *rc::gen::element(*rc::gen::inRange<std::size_t>(0, size),
                          *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(size, 120)));
    const auto count = std::min(*rc::gen::inRange<std::size_t>(1, 9), size - at);
    switch (*rc::gen::inRange(0, put_in.empty() ? 6 : 8)) {
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
      case 5:
        bytes.insert(at, *rc::gen::container<std::string>(rc::gen::character<char>()));
        break;
      default:
        bytes.insert(at, *rc::gen::elementOf(put_in));
        break;
    }
  }
  return bytes;
}

/// Damages files in a folder of its own. GRADWIRE_TEST_FUZZ_SECONDS says for how long, instead of
/// once.
class DamagedFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("damaged-" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const File& file) {
    std::filesystem::create_directories((folder_ / file.name).parent_path());
    std::ofstream(folder_ / file.name, std::ios::binary) << file.bytes;
  }

  std::string read_back(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Reads the whole files once, then with one of them damaged. An error names a file of the
  /// folder, and is of one or more lines that can be printed.
  template <typename Error>
  void check_reader(const std::vector<File>& files, const std::function<void()>& read,
                    const std::vector<std::string>& put_in = {}) {
    for (const File& file : files) write(file);
    read();
    const auto damage_one = [&] {
      const File& chosen = *rc::gen::elementOf(files);
      write({chosen.name, damaged(chosen.bytes, put_in)});
      try {
        read();
      } catch (const Error& error) {
        const std::string what = error.what();
        RC_ASSERT(what.find(folder_.string()) == 0U);
        RC_ASSERT(may_be_shown_(what));
      }
      write(chosen);
    };
    const char* seconds = std::getenv("GRADWIRE_TEST_FUZZ_SECONDS");
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::seconds(seconds == nullptr ? 0 : std::atoi(seconds));
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    do {
      ++params.seed;
      const auto result = rc::detail::checkTestable(damage_one, rc::detail::TestMetadata(), params);
      std::ostringstream text;
      rc::detail::printResultMessage(result, text);
      ASSERT_TRUE(result.template is<rc::detail::SuccessResult>())
          << "seed " << params.seed << ": " << text.str();
    } while (std::chrono::steady_clock::now() < end);
  }

  std::filesystem::path folder_;
  /// What the text of an error may be.
  std::function<bool(const std::string&)> may_be_shown_ = [](const std::string& what) {
    return std::ranges::all_of(what, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
  };
};

}  // namespace gradwire
