#include <algorithm>
#include <filesystem>

#include "sim/scenario/text.hpp"
#include "tests/sim/scenario/refused.hpp"

namespace gradwire {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Files, RefusedScenario,
    testing::ValuesIn(std::vector<Refused>{
        {"Empty",
         "",
         {},
         "s.yaml:1: the file is empty; allowed: a section with gradwire, name, about, model, "
         "data, training, strategy, network, nodes, arithmetic, command, time_limit, fast_forward, "
         "measure, repeats, "
         "sweep"},
        {"List",
         "- 1\n",
         {},
         "s.yaml:1: the file is a list; allowed: a section with gradwire, name, about, model, "
         "data, training, strategy, network, nodes, arithmetic, command, time_limit, fast_forward, "
         "measure, repeats, "
         "sweep"},
        {"Scalar",
         "hello\n",
         {},
         "s.yaml:1: the file is 'hello'; allowed: a section with gradwire, name, about, model, "
         "data, training, strategy, network, nodes, arithmetic, command, time_limit, fast_forward, "
         "measure, repeats, "
         "sweep"},
        {"NotYaml",
         headed("network: {nodes: 2\n"),
         {},
         "s.yaml:4: not valid YAML: end of map flow not found"},
        {"TwoDocuments",
         shortest_with("---\n"
                       "gradwire: 1\n"),
         {},
         "s.yaml:4: goes on after the first YAML document; allowed: one document"},
    }),
    name_of);

TEST(ScenarioErrors, NameFilesThatCannotBeRead) {
  const auto error_of_file = [](const std::filesystem::path& file) -> std::string {
    try {
      load_plan(file);
    } catch (const ScenarioError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of_file("no/such.yaml"),
            "no/such.yaml: cannot be opened: No such file or directory");
  EXPECT_EQ(error_of_file("/"), "/: is a folder; allowed: a YAML file");
}

TEST(ScenarioErrors, RefuseAFileThatIsTooLarge) {
  const std::string comment(1'000'000, '#');
  EXPECT_EQ(error_of(shortest_with(comment)),
            "s.yaml: is too large; allowed: at most 1000000 bytes");
  EXPECT_EQ(error_of(shortest_with(std::string_view(comment).substr(kShortest.size()))),
            "no error");
}

TEST(ScenarioErrors, RefuseMoreThan100000Points) {
  std::string seeds;
  for (int i = 1; i < 317; ++i) seeds += std::to_string(i) + ", ";
  // 317 * 317 = 100489 points.
  const std::string sweep =
      "sweep:\n  training.seed: [" + seeds + "317]\n  data.test: [" + seeds + "317]\n";
  EXPECT_EQ(error_of(shortest_with(sweep)),
            "s.yaml:4: sweep: has more than 100000 points; allowed: at most so many");
}

TEST(ScenarioErrors, StopAfterTwentyLines) {
  std::string keys;
  for (int i = 0; i < 23; ++i) keys += "unknown_key_" + std::to_string(i) + ": 1\n";
  const std::string message = error_of(shortest_with(keys));
  EXPECT_EQ(std::ranges::count(message, '\n'), 20);
  EXPECT_THAT(message, testing::EndsWith("\ns.yaml: 3 more errors"));
}

TEST(ScenarioErrors, StayOnOneLineWhateverTheFileHolds) {
  EXPECT_EQ(error_of(shortest_with("strategy: {kind: \"a\\nb\"}\n")),
            "s.yaml:4: strategy.kind: 'a b' is unknown; allowed: single, all-reduce or "
            "parameter-server");
}

// ESC [ is how a terminal is told to move its cursor or to clear its window; so is U+009B alone.
TEST(ScenarioErrors, TellTheTerminalNothing) {
  const std::string allowed = "; allowed: single, all-reduce or parameter-server";
  EXPECT_EQ(
      error_of(shortest_with("strategy: {kind: \"\\e[2J\\u009b\\t\\x7f\\u00e9\\U0001F600\"}\n")),
      "s.yaml:4: strategy.kind: '\\x1b[2J\\xc2\\x9b\\x09\\x7f\u00e9\U0001F600' is unknown" +
          allowed);
}

TEST(ScenarioErrors, ShowBytesThatAreNoUtf8) {
  // A byte in the middle, one that begins nothing, a beginning without its end; then what Unicode
  // has no place for: '/' in two bytes and in three, half of a pair, beyond the last plane.
  EXPECT_EQ(escaped("a\x80z\xff\xc3"), "a\\x80z\\xff\\xc3");
  EXPECT_EQ(escaped("\xc0\xaf \xe0\x80\xaf"), "\\xc0\\xaf \\xe0\\x80\\xaf");
  EXPECT_EQ(escaped("\xed\xa0\x80 \xf4\x90\x80\x80"), "\\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80");
  EXPECT_EQ(escaped("\u07ff\ud7ff\uffff\U0010ffff\n"), "\u07ff\ud7ff\uffff\U0010ffff\n");
}

TEST(ScenarioErrors, RefuseTextThatIsNotUtf8) {
  EXPECT_EQ(error_of(shortest_with("about: \xc3(\n")),
            "s.yaml:4: about: is not a text in UTF-8; allowed: a text");
}

// YAML::LoadAll never ends on this one.
TEST(ScenarioErrors, EndOnATextThatGoesOnAfterAQuote) {
  EXPECT_EQ(error_of("\"a\", b"),
            "s.yaml:1: goes on after the first YAML document; allowed: one document");
}

// yaml-cpp follows an alias that contains itself; the reader must not.
TEST(ScenarioErrors, EndOnAnAliasThatContainsItself) {
  EXPECT_EQ(error_of(shortest_with("model: &m {hidden: *m}\n")),
            "s.yaml:4: model.hidden: is a section; allowed: a list of integers from 1 to 65536");
}

}  // namespace
}  // namespace gradwire
