#include "sim/results/result_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <limits>
#include <thread>

#include "netmodel/check.hpp"
#include "tests/sim/results/examples.hpp"

namespace gradwire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ResultStoreTest : public ::testing::Test {
 protected:
  std::string open_error(const RunDescription& run) const {
    return message_of<ResultsError>([&] { ResultStore::open(folder(), run); });
  }
  std::string read_error(const std::filesystem::path& path) const {
    return message_of<ResultsError>([&] { ResultStore::open_existing(path); });
  }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path file() const { return folder() / "results.sqlite"; }

 private:
  TemporaryFolder folder_;
};

TEST_F(ResultStoreTest, WhatIsAddedIsReadBackInOrder) {
  {
    ResultStore store = ResultStore::open(folder() / "new" / "run", example_run());
    store.add(example_result(3, 0));
    store.add(example_result(0, 1));
    store.add(example_result(0, 0));
    EXPECT_TRUE(store.has(0, 1));
    EXPECT_FALSE(store.has(1, 1));
  }
  const ResultStore store = ResultStore::open_existing(folder() / "new" / "run");
  EXPECT_EQ(store.description(), example_run());
  EXPECT_EQ(store.repeats(),
            (std::vector{example_result(0, 0), example_result(0, 1), example_result(3, 0)}));
  const auto by_file = ResultStore::open_existing(folder() / "new" / "run" / "results.sqlite");
  EXPECT_EQ(by_file.repeats().size(), 3U);
}

TEST_F(ResultStoreTest, EveryResultSurvivesTheRoundTrip) {
  ResultStore store = ResultStore::open(folder(), example_run_without_sweep());
  int repeat = 0;
  const bool held = rc::check(
      [&](std::uint64_t seed, std::int64_t bytes, const std::string& letters, bool distorted) {
        RepeatResult result = example_result(0, repeat++, 3);
        result.seed = seed;  // also above 2^63, which SQLite has no integer for
        result.bytes_sent = bytes;
        result.host_distorted = distorted;
        for (const char letter : letters) {
          if (letter != '\0') result.distortion += letter;
        }
        result.train_seconds = std::ldexp(static_cast<double>(bytes), -40);
        result.accuracy = distorted ? std::nullopt : std::optional(1.0 / 3);
        result.links.front().requested_bits_per_second.reset();
        store.add(result);
        RC_ASSERT(store.repeats().back() == result);
      });
  EXPECT_TRUE(held);
}

TEST_F(ResultStoreTest, ALossThatIsNotANumberIsUnknown) {
  ResultStore store = ResultStore::open(folder(), example_run());
  RepeatResult result = example_result(0, 0);
  result.loss = std::numeric_limits<double>::infinity();
  result.epoch_results[1].loss = std::numeric_limits<double>::quiet_NaN();
  store.add(result);
  EXPECT_EQ(store.repeats().front().loss, std::nullopt);
  EXPECT_EQ(store.repeats().front().epoch_results[1].loss, std::nullopt);
}

TEST_F(ResultStoreTest, RefusesWhatCannotBeAResult) {
  ResultStore store = ResultStore::open(folder(), example_run());
  store.add(example_result(0, 0));
  EXPECT_THROW(store.add(example_result(0, 0)), CheckFailure);  // twice
  EXPECT_THROW(store.add(example_result(4, 0)), CheckFailure);  // no such point
  RepeatResult endless = example_result(1, 0);
  endless.nodes[1].wait_seconds = std::numeric_limits<double>::infinity();
  EXPECT_THROW(store.add(endless), CheckFailure);
  EXPECT_EQ(store.repeats().size(), 1U);
}

TEST_F(ResultStoreTest, AFailedAddLeavesNothing) {
  ResultStore store = ResultStore::open(folder(), example_run());
  RepeatResult result = example_result(0, 0);
  result.nodes[1].rank = result.nodes[0].rank;  // breaks the key of the third table written
  EXPECT_THAT(message_of<ResultsError>([&] { store.add(result); }),
              HasSubstr("results.sqlite: UNIQUE constraint failed"));
  EXPECT_FALSE(store.has(0, 0));
  store.add(example_result(0, 0));
  EXPECT_EQ(store.repeats(), std::vector{example_result(0, 0)});
}

TEST_F(ResultStoreTest, TheSameRunGoesOn) {
  ResultStore::open(folder(), example_run()).add(example_result(0, 0));
  ResultStore store = ResultStore::open(folder(), example_run());
  EXPECT_TRUE(store.has(0, 0));
  EXPECT_FALSE(store.has(0, 1));
  store.add(example_result(0, 1));
  EXPECT_EQ(store.repeats().size(), 2U);
  EXPECT_EQ(store.descriptions().size(), 1U);
}

TEST_F(ResultStoreTest, AnotherVersionOfTheProgramIsRecorded) {
  const RunDescription first = example_run();
  RunDescription second = example_run();
  second.commit = "def456";
  ResultStore::open(folder(), first).add(example_result(0, 0));
  ResultStore::open(folder(), second).add(example_result(0, 1));
  ResultStore::open(folder(), first).add(example_result(1, 0));
  EXPECT_EQ(ResultStore::open_existing(folder()).descriptions(), (std::vector{first, second}));
  SQLite::Database database(file());
  SQLite::Statement rows(database, "SELECT run FROM repeats ORDER BY point, repeat");
  std::vector<int> runs;
  while (rows.executeStep()) runs.push_back(rows.getColumn(0).getInt());
  EXPECT_EQ(runs, (std::vector{1, 2, 1}));
}

TEST_F(ResultStoreTest, AnotherRunIsRefused) {
  ResultStore::open(folder(), example_run());
  const std::string advice = "; use another --out, or remove that folder to begin anew";
  const std::string start = folder().string() + ": holds the results of another run (";

  RunDescription run = example_run();
  run.mode = "local";
  EXPECT_EQ(open_error(run), start + "mode virtual there, local here)" + advice);

  run = example_run();
  run.resolved_scenario = "gradwire: 1\nname: vnx-mlp\nnetwork:\n  latency: 1ms\n";
  EXPECT_EQ(open_error(run),
            start + "the scenario differs: 'latency: 200us' there, 'latency: 1ms' here)" + advice);

  run = example_run();
  run.resolved_scenario += "repeats: 9\n";
  EXPECT_EQ(open_error(run), start + "the scenario differs: '' there, 'repeats: 9' here)" + advice);

  run = example_run();
  run.calibration = R"({"mlp": 2})";
  EXPECT_EQ(open_error(run),
            start + R"(the calibration differs: '{"mlp": 1}' there, '{"mlp": 2}' here))" + advice);
}

TEST_F(ResultStoreTest, ASecondWriterIsRefusedAReaderIsNot) {
  std::optional<ResultStore> store = ResultStore::open(folder(), example_run());
  EXPECT_EQ(open_error(example_run()),
            folder().string() + ": another run (process " + std::to_string(::getpid()) +
                ") is writing here; wait until it ends, or use another --out");
  const ResultStore reader = ResultStore::open_existing(folder());
  store->add(example_result(2, 1));
  EXPECT_EQ(reader.repeats().size(), 1U);
  store.reset();
  EXPECT_EQ(open_error(example_run()), "");
}

TEST_F(ResultStoreTest, AReaderCannotAdd) {
  ResultStore::open(folder(), example_run());
  ResultStore reader = ResultStore::open_existing(folder());
  EXPECT_EQ(message_of<ResultsError>([&] { reader.add(example_result(0, 0)); }),
            file().string() + ": opened for reading only");
}

TEST_F(ResultStoreTest, SeveralThreadsMayAdd) {
  ResultStore store = ResultStore::open(folder(), example_run());
  std::vector<std::thread> threads;
  for (int point = 0; point < 4; ++point) {
    threads.emplace_back([&store, point] {
      for (int repeat = 0; repeat < 5; ++repeat) {
        if (!store.has(point, repeat)) store.add(example_result(point, repeat));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<RepeatResult> expected;
  for (int i = 0; i < 20; ++i) expected.push_back(example_result(i / 5, i % 5));
  EXPECT_EQ(store.repeats(), expected);
}

TEST_F(ResultStoreTest, WhatIsNotAResultsFileIsRefused) {
  EXPECT_EQ(read_error(folder()),
            folder().string() + ": no results in this folder (results.sqlite is missing)");
  EXPECT_EQ(read_error(folder() / "nothing"),
            (folder() / "nothing").string() + ": no such file or folder");

  const std::string foreign = file().string() + ": not a Gradwire results file";
  write_file(file(), std::string(5000, 'x'));
  EXPECT_EQ(read_error(folder()), foreign);
  EXPECT_EQ(open_error(example_run()), foreign);

  std::filesystem::remove(file());
  SQLite::Database(file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE somebody_elses (x)");
  EXPECT_EQ(read_error(folder()), foreign);
  EXPECT_EQ(open_error(example_run()), foreign);
}

TEST_F(ResultStoreTest, ANewerFileIsRefused) {
  ResultStore::open(folder(), example_run());
  SQLite::Database(file(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 7");
  const std::string newer =
      file().string() + ": written by a newer Gradwire (schema 7; this one reads up to 6)";
  EXPECT_EQ(read_error(folder()), newer);
  EXPECT_EQ(open_error(example_run()), newer);
}

TEST_F(ResultStoreTest, AnOlderFileIsReadAndContinued) {
  RepeatResult first = example_result(0, 0, 1);
  first.link_checks.clear();
  first.steps_left_out = 0;
  first.network_settings.clear();
  first.epoch_results[0].scores.clear();
  first.confusion.clear();
  for (LinkUsage& link : first.links) link.queue_peak_bytes = link.drops = std::nullopt;
  first.metrics.clear();
  first.samples.clear();
  ResultStore::open(folder(), example_run()).add(first);
  // Schema 1 had no checks of links, no steps that were left out, no settings, scores, queues, and
  // no observations of nodes.
  SQLite::Database(file(), SQLite::OPEN_READWRITE)
      .exec(
          "DROP TABLE link_checks; DROP TABLE left_out; DROP TABLE network_settings; "
          "DROP TABLE epoch_scores; DROP TABLE confusion; DROP TABLE link_queues; "
          "DROP TABLE metrics; DROP TABLE resource_samples; PRAGMA user_version = 1");
  EXPECT_THAT(ResultStore::open_existing(folder()).repeats(), ElementsAre(first));
  const RepeatResult second = example_result(0, 1, 1);
  ResultStore::open(folder(), example_run()).add(second);
  EXPECT_THAT(ResultStore::open_existing(folder()).repeats(), ElementsAre(first, second));
}

TEST_F(ResultStoreTest, AFolderThatCannotBeMadeIsRefused) {
  write_file(folder() / "file", "");
  EXPECT_EQ(message_of<StorageError>(
                [&] { ResultStore::open(folder() / "file" / "run", example_run()); }),
            (folder() / "file" / "run").string() + ": cannot create this folder: Not a directory");
}

TEST_F(ResultStoreTest, SweptValuesHaveTheirNumbers) {
  ResultStore::open(folder(), example_run());
  SQLite::Database database(file());
  SQLite::Statement rows(database,
                         "SELECT key, text, number, unit FROM point_values "
                         "WHERE point = 3 ORDER BY position");
  ASSERT_TRUE(rows.executeStep());
  EXPECT_EQ(rows.getColumn(1).getString(), "2");
  EXPECT_EQ(rows.getColumn(2).getDouble(), 2);
  EXPECT_EQ(rows.getColumn(3).getString(), "");
  ASSERT_TRUE(rows.executeStep());
  EXPECT_EQ(rows.getColumn(0).getString(), "network.bandwidth");
  EXPECT_EQ(rows.getColumn(1).getString(), "1Gbit");
  EXPECT_EQ(rows.getColumn(2).getDouble(), 1e9);
  EXPECT_EQ(rows.getColumn(3).getString(), "bit/s");
}

}  // namespace
}  // namespace gradwire
