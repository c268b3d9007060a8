// Data sets are made once, and checked before anything runs.
#include "sim/runners/data_source.hpp"

#include <gmock/gmock.h>

#include "sim/runners/sweep.hpp"
#include "tests/sim/results/examples.hpp"
#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using testing::HasSubstr;

Scenario::Data digits(std::int64_t train, std::int64_t test) {
  return {.kind = Scenario::DataKind::digits,
          .folder = {},
          .train = train,
          .test = test,
          .side = {},
          .words = {}};
}

TEST(DataSource, MakesEverySetOnce) {
  DataSource source;
  const auto first = source.get(digits(20, 10));
  EXPECT_EQ(source.get(digits(20, 10)), first);
  EXPECT_NE(source.get(digits(30, 10)), first);
  EXPECT_EQ(first->train.size(), 20);
  EXPECT_EQ(first->test.size(), 10);
}

TEST(DataSource, MakesEveryKind) {
  DataSource source;
  EXPECT_EQ(source.get(digits(2, 1))->name, "digits");
  Scenario::Data data = digits(2, 1);
  data.kind = Scenario::DataKind::shapes;
  EXPECT_EQ(source.get(data)->name, "shapes");
  EXPECT_EQ(source.shape(data).sample, (SampleShape{3, 32, 32}));
  const TemporaryFolder folder;
  data.kind = Scenario::DataKind::cifar10;
  data.folder = folder.path();
  write_file(folder.path() / "data_batch_1.bin", std::string(6146, 1));
  write_file(folder.path() / "test_batch.bin", std::string(3073, 1));
  EXPECT_EQ(source.get(data)->name, "cifar10");
  EXPECT_EQ(source.shape(data).train_samples, 2);
}

TEST(DataSource, KnowsTheShapeOfDigitsBeforeItMakesThem) {
  DataSource source;
  // 784 GB, were they made.
  const DataSource::Shape shape = source.shape(digits(1'000'000'000, 10));
  EXPECT_EQ(shape.sample, (SampleShape{1, 28, 28}));
  EXPECT_EQ(shape.classes, 10);
  EXPECT_EQ(shape.train_samples, 1'000'000'000);
  const auto few = source.get(digits(20, 10));
  EXPECT_EQ(few->train.shape, shape.sample);
  EXPECT_EQ(few->train.classes, shape.classes);
}

// The grammar of scenes has 6 colours, 5 forms and 9 words more (a, the, there, is, above, below,
// left, right, of), and "there is a red disc left of a blue cross" is the longest caption.
TEST(DataSource, KnowsTheVocabularyOfCaptions) {
  DataSource source;
  const Scenario::Data scenes{.kind = Scenario::DataKind::scenes,
                              .folder = {},
                              .train = 200,
                              .test = 10,
                              .side = {},
                              .minimum_count = 5,
                              .words = {}};
  const DataSource::Shape shape = source.shape(scenes);
  EXPECT_EQ(shape.sample, (SampleShape{3, 32, 32}));
  EXPECT_EQ(shape.classes, 6 + 5 + 9 + 4);
  EXPECT_EQ(shape.words, 1 + 10);
  EXPECT_EQ(shape.captions, source.get(scenes));
  EXPECT_EQ(shape.train_samples, shape.captions->train.size());
  Scenario::Data shuffled = scenes;
  shuffled.shuffled = true;
  EXPECT_NE(source.get(shuffled), shape.captions);
}

TEST(LoadData, EveryLabelNeedsANode) {
  const Plan plan = load(shortest_with(
      "data: {kind: digits, train: 100, test: 10, partition: {kind: labels, labels: 2}}"));
  DataSource source;
  EXPECT_THAT(message_of<ScenarioError>([&] { load_data(plan, source); }),
              HasSubstr("s.yaml:4: data.partition.labels: 2 labels at "));
}

TEST(LoadData, ReportsABadFileAtTheKeyThatNamesIt) {
  const TemporaryFolder folder;
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"}) {
    write_file(folder.path() / name, "not IDX at all, but long enough");
  }
  const Plan plan = load(shortest_with("data: {kind: idx, path: " + folder.path().string() + "}"));
  DataSource source;
  const std::string message = message_of<ScenarioError>([&] { load_data(plan, source); });
  EXPECT_THAT(message, HasSubstr("s.yaml:4: data.path: "));
  EXPECT_THAT(message, HasSubstr("train-images-idx3-ubyte: offset 0: magic number"));
}

}  // namespace
}  // namespace gradwire
