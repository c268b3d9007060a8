#include "sim/fetch/fetch.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sim/fetch/checksum.hpp"
#include "tests/sim/fetch/http_server.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

// The digests of "abc" from FIPS 180-2, appendix B.1, and RFC 1321, appendix A.5.
constexpr char kAbcSha256[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kAbcMd5[] = "900150983cd24fb0d6963f7d28e17f72";

const RemoteFile kFile{.name = "abc.gz", .bytes = 3, .algorithm = "sha256", .checksum = kAbcSha256};

class Fetch : public testing::Test {
 protected:
  void SetUp() override {
    setenv("no_proxy", "127.0.0.1", 1);
    std::string pattern = (fs::temp_directory_path() / "gradwire-fetch-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }

  void TearDown() override { fs::remove_all(folder_); }

  fs::path data() const { return folder_ / "data"; }

  // Fetches kFile from the mirrors; the lines of the report go to lines_.
  FetchResult fetch_file(std::vector<std::string> mirrors, RemoteFile file = kFile) {
    lines_.clear();
    return fetch({.name = "test", .mirrors = std::move(mirrors), .files = {std::move(file)}},
                 options());
  }

  FetchOptions options() {
    return {.to = data(),
            .mirrors = {},
            .stall_timeout = std::chrono::seconds(1),
            .report = [this](const std::string& line) { lines_.push_back(line); }};
  }

  std::string refusal(std::vector<std::string> mirrors) {
    try {
      fetch_file(std::move(mirrors));
    } catch (const FetchError& error) {
      return error.what();
    }
    return "";
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(data())) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  std::string content(const std::string& name) const {
    std::ifstream stream(data() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void put(const std::string& name, const std::string& bytes) const {
    fs::create_directories(data());
    std::ofstream(data() / name, std::ios::binary) << bytes;
  }

  fs::path folder_;
  std::vector<std::string> lines_;
};

TEST_F(Fetch, BringsEveryFile) {
  HttpServer server({{"/m/abc.gz", {.body = "abc"}}, {"/m/other.gz", {.body = "abc"}}});
  const RemoteFile other{.name = "other.gz", .bytes = 3, .algorithm = "md5", .checksum = kAbcMd5};
  const FetchResult result =
      fetch({.name = "test", .mirrors = {server.url("/m/")}, .files = {kFile, other}}, options());
  EXPECT_EQ(result.downloaded, 2);
  EXPECT_EQ(result.already_there, 0);
  EXPECT_THAT(files(), ElementsAre("abc.gz", "other.gz"));
  EXPECT_EQ(content("abc.gz"), "abc");
  EXPECT_EQ(content("other.gz"), "abc");
  EXPECT_THAT(lines_, ElementsAre("abc.gz: downloaded from " + server.url("/m/abc.gz"),
                                  "other.gz: downloaded from " + server.url("/m/other.gz")));
  struct stat status {};
  ASSERT_EQ(stat((data() / "abc.gz").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0644U);
}

TEST_F(Fetch, LeavesWhatIsThereAndRight) {
  HttpServer server({{"/abc.gz", {.body = "abc"}}});
  put("abc.gz", "abc");
  const FetchResult result = fetch_file({server.url("")});
  EXPECT_EQ(result.already_there, 1);
  EXPECT_EQ(result.downloaded, 0);
  EXPECT_THAT(server.requests(), ElementsAre());
  EXPECT_THAT(lines_, ElementsAre("abc.gz: already there"));
}

TEST_F(Fetch, ReplacesWhatIsThereAndWrong) {
  HttpServer server({{"/abc.gz", {.body = "abc"}}});
  for (const std::string wrong : {"abd", "ab", ""}) {
    put("abc.gz", wrong);
    EXPECT_EQ(fetch_file({server.url("")}).downloaded, 1);
    EXPECT_EQ(content("abc.gz"), "abc");
  }
}

TEST_F(Fetch, TriesTheNextMirror) {
  HttpServer server({{"/second/abc.gz", {.body = "abc"}}});
  EXPECT_EQ(fetch_file({server.url("/first"), server.url("/second")}).downloaded, 1);
  EXPECT_THAT(server.requests(), ElementsAre("/first/abc.gz", "/second/abc.gz"));
  EXPECT_THAT(lines_, ElementsAre("abc.gz: " + server.url("/first/abc.gz") + ": HTTP status 404",
                                  "abc.gz: downloaded from " + server.url("/second/abc.gz")));
}

TEST_F(Fetch, TheUsersMirrorsReplaceTheDataSets) {
  HttpServer server({{"/own/abc.gz", {.body = "abc"}}});
  FetchOptions own = options();
  own.mirrors = {server.url("/own")};
  fetch({.name = "test", .mirrors = {server.url("/published")}, .files = {kFile}}, own);
  EXPECT_THAT(server.requests(), ElementsAre("/own/abc.gz"));
}

TEST_F(Fetch, SaysWhatWasWrongWithEveryMirror) {
  HttpServer server({{"/wrong/abc.gz", {.body = "abd"}}, {"/broken/abc.gz", {.status = 503}}});
  // printf abd | sha256sum
  EXPECT_EQ(refusal({server.url("/wrong"), server.url("/none"), server.url("/broken")}),
            "abc.gz: no mirror delivered it: " + server.url("/wrong/abc.gz") +
                ": sha256 a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9 "
                "instead of " +
                kAbcSha256 + "; " + server.url("/none/abc.gz") + ": HTTP status 404; " +
                server.url("/broken/abc.gz") + ": HTTP status 503");
  EXPECT_THAT(files(), ElementsAre());
}

TEST_F(Fetch, RefusesATransferThatIsCutOff) {
  HttpServer server({{"/declared/abc.gz", {.body = "abc", .missing = 1}},
                     {"/undeclared/abc.gz", {.body = "ab", .with_length = false}}});
  EXPECT_EQ(refusal({server.url("/declared"), server.url("/undeclared")}),
            "abc.gz: no mirror delivered it: " + server.url("/declared/abc.gz") +
                ": cut off after 2 of 3 bytes; " + server.url("/undeclared/abc.gz") +
                ": 2 bytes instead of 3");
  EXPECT_THAT(files(), ElementsAre());
}

TEST_F(Fetch, StopsAtTheExpectedSize) {
  const std::string endless(std::size_t{1} << 22, 'a');
  HttpServer server({{"/declared/abc.gz", {.body = endless}},
                     {"/undeclared/abc.gz", {.body = endless, .with_length = false}}});
  EXPECT_EQ(refusal({server.url("/declared"), server.url("/undeclared")}),
            "abc.gz: no mirror delivered it: " + server.url("/declared/abc.gz") +
                ": more than the 3 bytes that belong there; " + server.url("/undeclared/abc.gz") +
                ": more than the 3 bytes that belong there");
  EXPECT_THAT(files(), ElementsAre());
}

TEST_F(Fetch, GivesUpOnAMirrorThatStandsStill) {
  HttpServer server({{"/still/abc.gz", {.stands_still = true}}, {"/abc.gz", {.body = "abc"}}});
  EXPECT_EQ(fetch_file({server.url("/still"), server.url("")}).downloaded, 1);
  EXPECT_EQ(content("abc.gz"), "abc");
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_THAT(lines_[0], testing::StartsWith("abc.gz: " + server.url("/still/abc.gz") + ": "));
}

TEST_F(Fetch, NamesAMirrorThatCannotBeReached) {
  std::string nobody;
  {
    HttpServer gone({});
    nobody = gone.url("");
  }
  EXPECT_THAT(refusal({nobody}), testing::StartsWith("abc.gz: no mirror delivered it: " + nobody +
                                                     "/abc.gz: Failed to connect to 127.0.0.1"));
}

TEST_F(Fetch, FollowsRedirectsToTheWebOnly) {
  const fs::path secret = folder_ / "abc.gz";
  std::ofstream(secret) << "abc";
  HttpServer server({{"/moved/abc.gz", {.status = 302, .headers = "Location: /new/abc.gz\r\n"}},
                     {"/new/abc.gz", {.body = "abc"}},
                     {"/evil/abc.gz",
                      {.status = 302, .headers = "Location: file://" + secret.string() + "\r\n"}}});
  EXPECT_THAT(refusal({server.url("/evil")}), testing::HasSubstr("file"));
  EXPECT_EQ(fetch_file({server.url("/moved")}).downloaded, 1);
}

TEST_F(Fetch, AFolderCanBeAMirror) {
  std::ofstream(folder_ / "abc.gz") << "abc";
  EXPECT_EQ(fetch_file({"file://" + folder_.string()}).downloaded, 1);
  EXPECT_EQ(content("abc.gz"), "abc");
}

TEST_F(Fetch, RefusesAMirrorThatIsNoUrl) {
  try {
    fetch_file({"ftp://example.org/mnist/"});
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(
        error.what(),
        "mirror ftp://example.org/mnist/; allowed: a URL with http://, https:// or file://");
  }
}

TEST_F(Fetch, SaysWhyTheFolderIsNoGood) {
  std::ofstream(data()) << "a file";
  EXPECT_EQ(refusal({"http://127.0.0.1:1"}),
            data().string() + ": this folder cannot be made: Not a directory");
}

TEST_F(Fetch, SaysWhyAFileCannotBePutInPlace) {
  HttpServer server({{"/abc.gz", {.body = "abc"}}});
  fs::create_directories(data() / "abc.gz");
  EXPECT_EQ(refusal({server.url("")}),
            (data() / "abc.gz").string() + ": cannot be put in place: Is a directory");
  EXPECT_THAT(files(), ElementsAre("abc.gz"));
}

TEST_F(Fetch, ChecksumsAreTheStandards) {
  put("abc", "abc");
  EXPECT_EQ(file_checksum(data() / "abc", "sha256"), kAbcSha256);
  EXPECT_EQ(file_checksum(data() / "abc", "md5"), kAbcMd5);
  EXPECT_THROW(file_checksum(data() / "abc", "crc32"), std::invalid_argument);
  EXPECT_THROW(file_checksum(data() / "none", "md5"), std::runtime_error);
}

}  // namespace
}  // namespace gradwire
