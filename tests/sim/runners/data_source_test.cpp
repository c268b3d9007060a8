// Data sets are made once, and checked before anything runs.
#include "sim/runners/data_source.hpp"

#include <gmock/gmock.h>

#include "sim/runners/sweep.hpp"
#include "tests/sim/results/examples.hpp"
#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

using testing::HasSubstr;

TEST(DataSource, MakesEverySetOnce) {
  DataSource source;
  const auto first = source.get(Scenario::Digits{20, 10});
  EXPECT_EQ(source.get(Scenario::Digits{20, 10}), first);
  EXPECT_NE(source.get(Scenario::Digits{30, 10}), first);
  EXPECT_EQ(first->train.size(), 20);
  EXPECT_EQ(first->test.size(), 10);
}

TEST(DataSource, KnowsTheShapeOfDigitsBeforeItMakesThem) {
  DataSource source;
  const Scenario::Digits digits{1'000'000'000, 10};  // 784 GB, were they made
  const DataSource::Shape shape = source.shape(digits);
  EXPECT_EQ(shape.features, 784);
  EXPECT_EQ(shape.classes, 10);
  EXPECT_EQ(shape.train_samples, 1'000'000'000);
  const auto few = source.get(Scenario::Digits{20, 10});
  EXPECT_EQ(few->train.features, shape.features);
  EXPECT_EQ(few->train.classes, shape.classes);
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
