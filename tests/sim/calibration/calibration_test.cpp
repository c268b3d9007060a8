// The calibration as a value and as a file.
#include "sim/calibration/calibration.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <system_error>

#include "netmodel/check.hpp"
#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const ModelSpec kSmall = mlp({4, 3, 2});
const ModelSpec kLarge = mlp({8, 5, 2});
const OptimizerSpec kPlain{.rate = 0.1, .momentum = 0};
const OptimizerSpec kHeavyBall{.rate = 0.1, .momentum = 0.9};

Calibration example_calibration() {
  Calibration calibration;
  calibration.set_reduce(BitsPerSecond{80'000'000'000});
  calibration.set_gradients(kSmall, 1, 10us);
  calibration.set_gradients(kSmall, 32, 100us);
  calibration.set_update(kSmall, kPlain, 7us);
  calibration.set_gradients(kLarge, 32, 900us);
  calibration.set_update(kLarge, kHeavyBall, 50us);
  return calibration;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Calibration, IsTheSameAfterAFile) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "new" / "folder" / "calibration.json";
  example_calibration().save(file);
  const Calibration loaded = Calibration::load(file);
  EXPECT_EQ(loaded.text(), example_calibration().text());
  const Costs costs = loaded.costs({kSmall, kPlain, {1, 32}});
  EXPECT_EQ(costs.gradients.of(1), 10us);
  EXPECT_EQ(costs.gradients.of(32), 100us);
  EXPECT_EQ(costs.update, 7us);
  EXPECT_EQ(costs.reduce, BitsPerSecond{80'000'000'000});
}

TEST(Calibration, IsEmptyWithoutAFile) {
  const TemporaryFolder folder;
  const Calibration none = Calibration::load(folder.path() / "none.json");
  EXPECT_EQ(none.text(), Calibration().text());
  EXPECT_FALSE(none.covers({kSmall, kPlain, {}}));
  EXPECT_FALSE(none.other_processor());
}

TEST(Calibration, ReplacesItsFileInOneGo) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "calibration.json";
  Calibration().save(file);
  // A reader that has opened the old file goes on reading the old one, whole.
  std::ifstream reader(file);
  example_calibration().save(file);
  const std::string old((std::istreambuf_iterator<char>(reader)), {});
  EXPECT_EQ(old, Calibration().text() + "\n");
  EXPECT_EQ(read_file(file), example_calibration().text() + "\n");
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "a temporary file is left";
}

TEST(Calibration, NamesAFileThatCannotBeWritten) {
  const TemporaryFolder folder;
  write_file(folder.path() / "plain", "");
  const auto below_a_file = folder.path() / "plain" / "calibration.json";
  EXPECT_THAT(message_of<std::system_error>([&] { Calibration().save(below_a_file); }),
              HasSubstr("plain/calibration.json"));
  // A folder stands where the file should: nothing is left beside it.
  const auto taken = folder.path() / "taken";
  std::filesystem::create_directories(taken / "full");
  EXPECT_THAT(message_of<std::system_error>([&] { Calibration().save(taken); }),
              HasSubstr("taken: cannot write: Is a directory"));
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST(Calibration, RefusesOtherAndDamagedFiles) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "c.json";
  const std::string good = example_calibration().text();
  const std::string remedy = "; remove it, or name another file with --calibration";
  const auto refusal = [&](const std::string& text) {
    write_file(file, text);
    const std::string message = message_of<CalibrationError>([&] { Calibration::load(file); });
    EXPECT_TRUE(message.starts_with(file.string() + ": ") && message.ends_with(remedy)) << message;
    return message.substr(file.string().size() + 2,
                          message.size() - file.string().size() - 2 - remedy.size());
  };
  const std::string damaged = "not a calibration file, or damaged";
  EXPECT_EQ(refusal(""), damaged);
  EXPECT_EQ(refusal("gradwire: 1\nname: vnx-mlp\n"), damaged);
  EXPECT_EQ(refusal("[1, 2]"), damaged);
  EXPECT_EQ(refusal(good.substr(0, good.size() / 2)), damaged);
  EXPECT_EQ(refusal(replaced(good, "100000", "\"100000\"")), damaged);
  EXPECT_EQ(refusal(replaced(good, "\"32\"", "\"many\"")), damaged);
  EXPECT_EQ(refusal(replaced(good, "\"gradwire_calibration\": 1", "\"gradwire_calibration\": 2")),
            "a calibration of another version");
  EXPECT_EQ(refusal(replaced(good, "100000", "0")), "holds 0 where only more than 0 can be");
  EXPECT_EQ(refusal(replaced(good, "80000000000", "-8")), "holds -8 where only more than 0 can be");
  EXPECT_EQ(refusal(R"({"gradwire_calibration": 1, "machine": 3, "models": {}})"),
            "does not say of which machine it is");
}

TEST(Calibration, SaysWhatItLacks) {
  const Calibration calibration = example_calibration();
  EXPECT_TRUE(calibration.covers({kSmall, kPlain, {1, 32}}));
  EXPECT_TRUE(calibration.covers({kLarge, kPlain, {}}));  // only the rate of sums
  EXPECT_FALSE(calibration.covers({kSmall, kPlain, {1, 64}}));
  EXPECT_FALSE(calibration.covers({kSmall, kHeavyBall, {1, 32}}));
  EXPECT_FALSE(calibration.covers({mlp({4, 3, 3}), kPlain, {1}}));
  EXPECT_THAT(calibration.missing_rows({kSmall, kHeavyBall, {1, 16, 32, 64}}), ElementsAre(16, 64));
  EXPECT_THAT(calibration.missing_rows({mlp({9, 2}), kPlain, {2, 3}}), ElementsAre(2, 3));
  EXPECT_TRUE(calibration.has_update({kLarge, kHeavyBall, {}}));
  EXPECT_FALSE(calibration.has_update({kLarge, kPlain, {}}));
  EXPECT_THROW(calibration.costs({kSmall, kPlain, {64}}), CheckFailure);
  EXPECT_FALSE(Calibration().covers({kSmall, kPlain, {}}));
}

// The rate and the size of a momentum do not change what an update costs.
TEST(Calibration, TellsOptimizersApartByTheirCostOnly) {
  EXPECT_TRUE(example_calibration().covers({kLarge, {.rate = 2, .momentum = 0.5}, {32}}));
}

TEST(Calibration, GivesOnlyWhatIsAskedFor) {
  const Calibration part = example_calibration().restricted_to({{kSmall, kPlain, {32}}});
  EXPECT_TRUE(part.covers({kSmall, kPlain, {32}}));
  EXPECT_FALSE(part.covers({kSmall, kPlain, {1}}));
  EXPECT_FALSE(part.covers({kLarge, kHeavyBall, {32}}));
  // Two scenarios with the same needs have the same text, whatever else was measured, or when.
  Calibration other;
  other.set_update(kSmall, kPlain, 7us);
  other.set_gradients(kSmall, 32, 100us);
  other.set_reduce(BitsPerSecond{80'000'000'000});
  EXPECT_EQ(part.text(), other.text());
}

TEST(Calibration, KnowsThatItIsOfAnotherMachine) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "c.json";
  const std::string own = example_calibration().text();
  const std::size_t cpu = own.find("\"cpu\": \"") + 8;
  write_file(file, own.substr(0, cpu) + "Abacus 9" + own.substr(own.find('"', cpu)));
  const auto other = Calibration::load(file).other_processor();
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->starts_with("Abacus 9, ")) << *other;
  // A newer kernel is no other machine.
  write_file(file, replaced(own, "\"kernel\": \"", "\"kernel\": \"Newer "));
  EXPECT_FALSE(Calibration::load(file).other_processor());
}

}  // namespace
}  // namespace gradwire
