// What calibrating measures, and what it leaves alone.
#include "sim/calibration/measure.hpp"

#include <gmock/gmock.h>

#include "tests/sim/results/examples.hpp"
#include "trainer/data/next_words.hpp"
#include "trainer/data/scenes.hpp"
#include "trainer/nn/models.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const ModelSpec kModel = mlp({4, 3, 2});
const OptimizerSpec kPlain{.rate = 0.1, .momentum = 0};
const OptimizerSpec kHeavyBall{.rate = 0.1, .momentum = 0.9};

// Values that no measurement gives.
constexpr Duration kKnownGradients = 12'345s;
constexpr Duration kKnownUpdate = 54'321s;
constexpr BitsPerSecond kKnownReduce{17};

Calibration known() {
  Calibration calibration;
  calibration.set_reduce(kKnownReduce);
  calibration.set_gradients(kModel, 8, kKnownGradients);
  calibration.set_update(kModel, kPlain, kKnownUpdate);
  return calibration;
}

class Lines {
 public:
  CalibrationReport report() {
    return [this](const std::string& line) { lines.push_back(line); };
  }
  std::vector<std::string> lines;
};

TEST(MeasureMissing, MeasuresAllThatAnEmptyCalibrationLacks) {
  Calibration calibration;
  Lines said;
  measure_missing(calibration, {{kModel, kPlain, {1, 8}}, {kModel, kPlain, {1, 4}}}, said.report());
  const Costs costs = calibration.costs({kModel, kPlain, {1, 4, 8}});
  for (const int rows : {1, 4, 8}) EXPECT_GT(costs.gradients.of(rows), 0ns);
  EXPECT_GT(costs.update, 0ns);
  EXPECT_GT(costs.reduce.count, 0);
  // One line a model, however many batch sizes.
  EXPECT_THAT(said.lines, ElementsAre("calibrating mlp 4-3-2 relu cross-entropy on this machine"));
}

TEST(MeasureMissing, LeavesWhatIsKnown) {
  Calibration calibration = known();
  Lines said;
  measure_missing(calibration, {{kModel, kPlain, {8}}}, said.report());
  EXPECT_EQ(calibration.text(), known().text());
  EXPECT_TRUE(said.lines.empty());
}

TEST(MeasureMissing, AddsABatchSizeOnly) {
  Calibration calibration = known();
  measure_missing(calibration, {{kModel, kPlain, {2, 8}}}, [](const std::string&) {});
  const Costs costs = calibration.costs({kModel, kPlain, {2, 8}});
  EXPECT_LT(costs.gradients.of(2), 1s);
  EXPECT_EQ(costs.gradients.of(8), kKnownGradients);
  EXPECT_EQ(costs.update, kKnownUpdate);
  EXPECT_EQ(costs.reduce, kKnownReduce);
}

TEST(MeasureMissing, AddsAnOptimizerOnly) {
  Calibration calibration = known();
  measure_missing(calibration, {{kModel, kHeavyBall, {8}}}, [](const std::string&) {});
  EXPECT_EQ(calibration.costs({kModel, kPlain, {8}}).update, kKnownUpdate);
  const Costs costs = calibration.costs({kModel, kHeavyBall, {8}});
  EXPECT_EQ(costs.gradients.of(8), kKnownGradients);
  EXPECT_LT(costs.update, 1s);
}

// The tokens of random images would be none of the vocabulary.
TEST(MeasureMissing, MeasuresCaptionersOnTheirCaptions) {
  const auto data =
      std::make_shared<const Dataset>(make_next_words(make_scenes(3, 1, 1), {}, {}, {}));
  const Split& train = data->train;
  ModelSpec model{.input = {.width = train.inputs()},
                  .layers = captioner({.vocabulary = train.classes,
                                       .words = train.words->length(),
                                       .image = train.shape,
                                       .width = 4})};
  model.layers.push_back(dense(train.classes));
  Calibration calibration = known();
  measure_missing(calibration, {{model, kPlain, {2}, data}}, [](const std::string&) {});
  EXPECT_LT(calibration.costs({model, kPlain, {2}, data}).gradients.of(2), 1s);
}

TEST(MeasureMissing, NeedsOnlyTheRateOfSumsWhereTheScenarioGivesTheCost) {
  Calibration calibration;
  Lines said;
  measure_missing(calibration, {{kModel, kPlain, {}}}, said.report());
  EXPECT_TRUE(calibration.reduce());
  EXPECT_THAT(calibration.text(), HasSubstr("\"models\": {}"));
  EXPECT_TRUE(said.lines.empty());
}

class CalibrateFile : public testing::Test {
 protected:
  // The known calibration, as if measured on another machine.
  void write_foreign() {
    const std::string own = known().text();
    const std::size_t cpu = own.find("\"cpu\": \"") + 8;
    write_file(file, own.substr(0, cpu) + "Abacus 9" + own.substr(own.find('"', cpu)));
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "cache" / "calibration.json";
  Lines said;
};

TEST_F(CalibrateFile, KeepsWhatItMeasured) {
  const Calibration first = calibrate(file, {{kModel, kPlain, {2}}}, said.report());
  EXPECT_THAT(said.lines, ElementsAre("calibrating mlp 4-3-2 relu cross-entropy on this machine",
                                      "calibration kept in " + file.string()));
  said.lines.clear();
  const Calibration second = calibrate(file, {{kModel, kPlain, {2}}}, said.report());
  EXPECT_EQ(first.text(), second.text());
  EXPECT_TRUE(said.lines.empty());
}

TEST_F(CalibrateFile, DoesNotMixMachines) {
  std::filesystem::create_directories(file.parent_path());
  write_foreign();
  const std::string before = read_file(file);
  const Calibration foreign = calibrate(file, {{kModel, kPlain, {8}}}, said.report());
  EXPECT_EQ(foreign.costs({kModel, kPlain, {8}}).update, kKnownUpdate);
  ASSERT_EQ(said.lines.size(), 1U);
  EXPECT_THAT(said.lines.front(),
              HasSubstr("the costs of steps are those of another machine: Abacus 9"));
  EXPECT_THAT(message_of<CalibrationError>([&] {
                calibrate(file, {{kModel, kPlain, {2}}}, said.report());
              }),
              HasSubstr("the calibration is of another machine (Abacus 9"));
  EXPECT_EQ(read_file(file), before);
}

}  // namespace
}  // namespace gradwire
